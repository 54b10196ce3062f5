/**
 * A trained model as a file beside the database:
 * `<database>.models/<sweep>/<trial number>.safetensors`.
 *
 * Format: safetensors (https://github.com/huggingface/safetensors, "Format"): the header's length as a
 * little-endian u64, the header as JSON, padded with spaces to a multiple of 8 bytes, then the data.
 * One tensor, "parameters": F64, flat, in the order of the model's chains.
 *
 * Invariant: a file under its final name is complete and on the disk; a killed process leaves at most
 * a file that ends in `.tmp`, which the next attempt of the same trial overwrites.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.js';
import type { TrainedModel } from '../training/trial.js';
import type { StoredTrial, SweepDeclaration } from './store.js';

export interface ModelFile {
  readonly parameters: Float64Array;
  readonly task: string;
  /** Hash of the cell that the model was trained for. */
  readonly cell: string;
}

const lengthBytes = 8;
const alignment = 8;
const tensorName = 'parameters';

/**
 * Keeps a trial's trained parameters and returns the name under which its row links them.
 * Rejects with UserError('database') if the disk does not take them.
 */
export type SaveModel = (trial: StoredTrial, model: TrainedModel) => Promise<string>;

/**
 * The names it returns are relative to the folder of the database, with `/`: database and models can
 * be moved together, also to another system.
 */
export function saveModelsBeside(database: string, { name, task }: SweepDeclaration): SaveModel {
  const folder = modelFolder(database, name);
  return async (trial, { parameters }) => {
    const file = `${folder}/${trial.number}.safetensors`;
    const path = join(dirname(database), file);
    try {
      await writeModelFile(path, { parameters, task, cell: trial.cell.hash });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new UserError('database', `The trained model ${path} cannot be written: ${why}.`, {
        hint: 'Check the space and the permissions there, then run the same command again: finished trials are kept.',
        cause,
      });
    }
    return file;
  };
}

/** The folder of a sweep's models, and of the logs and checkpoints of trials that are other programs. */
export function filesOfSweep(database: string, sweep: string): string {
  return join(dirname(database), modelFolder(database, sweep));
}

/** Relative to the folder of the database. */
function modelFolder(database: string, sweep: string): string {
  return `${basename(database)}.models/${folderName(sweep)}`;
}

/**
 * Writes the model so that the file exists wholly or not at all, even if the power fails.
 * @throws the error of the file system
 */
export async function writeModelFile(path: string, model: ModelFile): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const unfinished = `${path}.tmp`;
  const file = await open(unfinished, 'w');
  try {
    await file.writeFile(encode(model));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  await syncFolder(folder);
}

/** @throws UserError('database') if there is no such file or it is not one that `writeModelFile` wrote */
export async function readModelFile(path: string): Promise<ModelFile> {
  try {
    return decode(await readFile(path));
  } catch (cause) {
    throw new UserError('database', `The trained model ${path} cannot be read.`, {
      hint: 'Train the trial again; a model lies beside the database and moves with it.',
      cause,
    });
  }
}

function encode({ parameters, task, cell }: ModelFile): Buffer {
  const dataBytes = parameters.length * Float64Array.BYTES_PER_ELEMENT;
  const json = JSON.stringify({
    __metadata__: { task, cell },
    [tensorName]: { dtype: 'F64', shape: [parameters.length], data_offsets: [0, dataBytes] },
  });
  const headerBytes = Math.ceil(Buffer.byteLength(json) / alignment) * alignment;
  const bytes = Buffer.alloc(lengthBytes + headerBytes + dataBytes, ' ');
  bytes.writeBigUInt64LE(BigInt(headerBytes));
  bytes.write(json, lengthBytes);
  const data = new DataView(bytes.buffer, bytes.byteOffset + lengthBytes + headerBytes, dataBytes);
  parameters.forEach((value, index) => data.setFloat64(index * Float64Array.BYTES_PER_ELEMENT, value, true));
  return bytes;
}

const header = z.object({
  __metadata__: z.object({ task: z.string(), cell: z.string() }),
  [tensorName]: z.object({
    dtype: z.literal('F64'),
    shape: z.tuple([z.int().nonnegative()]),
    data_offsets: z.tuple([z.literal(0), z.int().nonnegative()]),
  }),
});

function decode(bytes: Buffer): ModelFile {
  const dataStart = lengthBytes + Number(bytes.readBigUInt64LE());
  const { __metadata__: metadata, [tensorName]: tensor } = header.parse(
    JSON.parse(bytes.toString('utf8', lengthBytes, dataStart)),
  );
  const [count] = tensor.shape;
  const data = new DataView(bytes.buffer, bytes.byteOffset + dataStart, bytes.length - dataStart);
  if (data.byteLength !== count * Float64Array.BYTES_PER_ELEMENT) throw new Error('The file has been cut off.');
  const parameters = Float64Array.from({ length: count }, (_, index) =>
    data.getFloat64(index * Float64Array.BYTES_PER_ELEMENT, true),
  );
  return { parameters, ...metadata };
}

/**
 * A folder name for the sweep that any file system takes. Names that it would have to change, or that
 * a file system which ignores case might confuse, are told apart by a hash.
 */
function folderName(sweep: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,63}$/.test(sweep)) return sweep;
  const readable = sweep
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .slice(0, 40);
  return `${readable}.${createHash('sha256').update(sweep).digest('hex').slice(0, 12)}`;
}

/** Makes the new name itself durable, where the system lets a folder be opened (Windows does not). */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * A trained model as a file beside the database:
 * `<database>.models/<sweep>/<trial number>.safetensors`.
 *
 * Format: `files/safetensors.ts`, one tensor, "parameters": F64, in the order of the model's chains. A file under its
 * final name is complete and on the disk (`files/write-durably.ts`).
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.js';
import { decodeSafetensors, encodeSafetensors } from '../files/safetensors.js';
import { writeDurably } from '../files/write-durably.js';
import type { TrainedModel } from '../training/trial.js';
import type { StoredTrial, SweepDeclaration } from './store.js';
import { modelFolder } from './trial-files.js';

export interface ModelFile {
  readonly parameters: Float64Array;
  readonly task: string;
  /** Hash of the cell that the model was trained for. */
  readonly cell: string;
}

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

/** @throws the error of the file system */
export async function writeModelFile(path: string, { parameters, task, cell }: ModelFile): Promise<void> {
  const tensors = { parameters: { dtype: 'F64', values: parameters } } as const;
  await writeDurably(path, encodeSafetensors({ metadata: { task, cell }, tensors }));
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

function decode(bytes: Buffer): ModelFile {
  const { metadata, tensors } = decodeSafetensors(bytes);
  const { task, cell } = metadata as Partial<Record<string, string>>;
  const { parameters } = tensors as Partial<typeof tensors>;
  if (task === undefined || cell === undefined || parameters?.dtype !== 'F64') throw new Error('It is no model.');
  return { parameters: parameters.values, task, cell };
}

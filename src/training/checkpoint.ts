/**
 * The bytes of a checkpoint: a `TrainingState` and whose it is.
 *
 * Format: `files/safetensors.ts` with the vectors `parameters` and `moment.0`, `moment.1` … in the dtype of the engine,
 * which holds every bit of them; the rest is JSON in the metadata. Numbers that JSON does not have are text there.
 *
 * Invariant: only a checkpoint of the same cell, sweep seed, engine, dtype and program is ever continued from; any other
 * is told apart with a reason.
 * Known limits: a program under development has one version for many states of its code, and of a task of one's own
 * only the module itself is compared, not what it imports.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Dtype } from '../engines/engine.js';
import { decodeSafetensors, encodeSafetensors, type NamedVector } from '../files/safetensors.js';
import type { TrainingState } from './training-state.js';
import type { TaskEpoch, TrialRequest } from './trial.js';

/** Raised with every change of what a checkpoint holds. */
const formatVersion = '1';

/** Whose state it is; all of it must agree. */
export interface CheckpointOwner {
  readonly program: string;
  readonly engine: string;
  readonly dtype: Dtype;
  /** Hash of what decides the trial's numbers. */
  readonly trial: string;
}

/** @param taskModule hash of the user's task module; null for a built-in task, for which the program's version stands */
export function trialHash(
  task: string,
  taskModule: string | null,
  { parameters, sweepSeed }: Pick<TrialRequest, 'parameters' | 'sweepSeed'>,
): string {
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([task, taskModule, sorted, sweepSeed]))
    .digest('hex');
}

export function encodeCheckpoint(owner: CheckpointOwner, state: TrainingState): Buffer {
  const { epochs, parameters, optimizer, unrollDepth, streams } = state;
  const vector = (values: Float64Array): NamedVector => ({ dtype: owner.dtype === 'f32' ? 'F32' : 'F64', values });
  const moments = optimizer.moments.map((values, index) => [`moment.${index}`, vector(values)] as const);
  return encodeSafetensors({
    metadata: {
      format: `paretode checkpoint ${formatVersion}`,
      ...owner,
      state: JSON.stringify({ epochs, iteration: optimizer.iteration, unrollDepth, streams }, writeNumber),
    },
    tensors: { parameters: vector(parameters), ...Object.fromEntries(moments) },
  });
}

const metadataSchema = z.object({
  format: z.string(),
  program: z.string(),
  engine: z.string(),
  dtype: z.string(),
  trial: z.string(),
  state: z.string(),
});

const number = z.custom<number>((value) => typeof value === 'number');

const stateSchema = z.object({
  epochs: z.array(z.looseObject({ epoch: z.int().positive() })).min(1),
  iteration: z.int().nonnegative(),
  unrollDepth: z.int().positive().nullable(),
  streams: z.record(z.string(), z.object({ words: z.int().nonnegative(), waitingNormal: number.nullable() })),
});

/** What a state must have for a training to continue from it. */
export interface TrainingShape {
  /** Of the model. */
  readonly parameters: number;
  /** Purposes of the streams that it draws from. */
  readonly streams: Iterable<string>;
}

/** @throws Error that says why the bytes are of no use to this owner */
export function decodeCheckpoint(owner: CheckpointOwner, shape: TrainingShape, bytes: Buffer): TrainingState {
  const { metadata, tensors } = decodeSafetensors(bytes);
  const { format, program, engine, dtype, trial, state } = parsed(metadataSchema, metadata);
  if (format !== `paretode checkpoint ${formatVersion}`) throw new Error(`its format is ${format}`);
  if (program !== owner.program)
    throw new Error(`it is of version ${program} of the program, this is ${owner.program}`);
  if (trial !== owner.trial) throw new Error('it is of another cell, sweep seed or task');
  if (engine !== owner.engine || dtype !== owner.dtype) {
    throw new Error(`it is of ${engine} ${dtype}, the trial now runs on ${owner.engine} ${owner.dtype}`);
  }
  const { parameters, ...others } = tensors as Partial<typeof tensors>;
  if (parameters?.values.length !== shape.parameters) throw new Error('it is of another model');
  const { epochs, iteration, unrollDepth, streams } = parsed(stateSchema, JSON.parse(state, readNumber));
  const missing = Array.from(shape.streams).find((purpose) => !(purpose in streams));
  if (missing !== undefined) throw new Error(`it does not say where the random stream "${missing}" stands`);
  const moments = Object.keys(others).map((_, index) => tensors[`moment.${index}`].values);
  return {
    // The program's own writing, of its own version.
    epochs: epochs as unknown as readonly TaskEpoch[],
    parameters: parameters.values,
    optimizer: { iteration, moments },
    unrollDepth,
    streams,
  };
}

function parsed<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value);
  if (!result.success) throw new Error('it is not what this program writes', { cause: result.error });
  return result.data;
}

const beyondJson = new Map<string, number>([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
]);

function writeNumber(_key: string, value: unknown): unknown {
  if (typeof value !== 'number') return value;
  return Object.is(value, -0) ? '-0' : Number.isFinite(value) ? value : String(value);
}

function readNumber(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? (beyondJson.get(value) ?? value) : value;
}

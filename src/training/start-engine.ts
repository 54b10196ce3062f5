/** The engine that a trial's parameters ask for, and how it is recorded. */
import type { Engine } from '../engines/engine.js';
import { createEngine, createFastestEngine, type DeviceHold } from '../engines/index.js';
import { programVersion } from '../program-version.js';
import type { TrainingParameters } from '../tasks/parameters.js';
import type { Experiment } from '../tasks/task.js';
import type { TrialEnvironment } from './trial.js';

export interface StartedEngine {
  readonly engine: Engine;
  /** Why `auto` chose it; null: it was asked for by name. */
  readonly why: string | null;
}

/** With `auto` the engine for the model's field and the batch. @throws UserError if it cannot start here */
export async function startEngine(
  { engine, dtype, batch_size: batchSize }: TrainingParameters,
  { model: { field }, train }: Experiment,
  hold: DeviceHold,
): Promise<StartedEngine> {
  if (engine === 'auto') return createFastestEngine({ field, rows: Math.min(batchSize, train.count) }, dtype, hold);
  return { engine: await createEngine(engine, dtype, hold), why: null };
}

/** @param taskModule hash of the user's task module; null for a built-in task */
export function describeEnvironment(
  { engine, why }: StartedEngine,
  modelParameters: number,
  taskModule: string | null,
): TrialEnvironment {
  return {
    engine: engine.name,
    dtype: engine.dtype,
    device: engine.device,
    versions: {
      paretode: programVersion(),
      node: process.versions.node,
      ...engine.packages,
      ...(taskModule === null ? {} : { task: taskModule }),
    },
    modelParameters,
    choices: why === null ? null : { engine: why },
  };
}

/** What a trial is about, from its request: parameters checked, data made, random streams at hand. */
import { createRandom } from '../random/create-random.js';
import type { RandomStream } from '../random/random.js';
import { loadTask, taskFingerprint } from '../tasks/index.js';
import type { TrainingParameters } from '../tasks/parameters.js';
import type { Experiment, Task } from '../tasks/task.js';
import type { TrialRequest } from './trial.js';

export interface OpenedTrial {
  readonly task: Task;
  /** Hash of the user's task module; null for a built-in task. */
  readonly taskModule: string | null;
  readonly parameters: TrainingParameters;
  /** A stream for one purpose, from its beginning. */
  readonly random: (purpose: string) => RandomStream;
  readonly experiment: Experiment;
}

/**
 * Before any engine: a task that hangs must not do so with a device held.
 * @throws UserError if the task or its data cannot be had; ZodError if the parameters do not fit
 */
export async function openTrial(
  request: Pick<TrialRequest, 'task' | 'parameters' | 'sweepSeed'>,
): Promise<OpenedTrial> {
  const [task, taskModule] = await Promise.all([loadTask(request.task), taskFingerprint(request.task)]);
  const parameters = task.parameters.parse(request.parameters);
  const random = (purpose: string): RandomStream =>
    createRandom({ sweepSeed: request.sweepSeed, trialSeed: parameters.seed }, purpose);
  return { task, taskModule, parameters, random, experiment: await task.create({ random }, parameters) };
}

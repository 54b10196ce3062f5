/**
 * One trial from request to outcome, in whatever thread calls it.
 *
 * Numbers depend on (sweep seed, parameters) alone: initial weights, batch order, generated data and
 * what regularisers draw are each a stream of their own.
 */
import type { Engine } from '../engines/engine.js';
import { glorotParameters } from '../models/neural-ode.js';
import { createRandom } from '../random/create-random.js';
import type { RandomStream } from '../random/random.js';
import { loadTask, taskFingerprint } from '../tasks/index.js';
import { describeEnvironment, startEngine } from './start-engine.js';
import { trainingDraws } from './training-draws.js';
import { trainingSettings } from './settings.js';
import { train } from './trainer.js';
import type { TrialHooks, TrialOutcome, TrialRequest } from './trial.js';

/**
 * @throws UserError if the task, its data or the engine cannot be had; ZodError if the parameters do not fit
 */
export async function runTrial(request: TrialRequest, hooks: TrialHooks): Promise<TrialOutcome> {
  const [task, module] = await Promise.all([loadTask(request.task), taskFingerprint(request.task)]);
  const parameters = task.parameters.parse(request.parameters);
  const random = (purpose: string): RandomStream =>
    createRandom({ sweepSeed: request.sweepSeed, trialSeed: parameters.seed }, purpose);
  const hold = { tell: hooks.holdDevice ?? (() => undefined), shouldStop: hooks.shouldStop };
  // Before the engine: a task that hangs must not do so with a device held.
  const experiment = await task.create({ random }, parameters);
  let engine: Engine | null = null;
  try {
    const started = await startEngine(parameters, experiment, hold);
    engine = started.engine;
    const weights = random('weights');
    const initial = glorotParameters(experiment.model, () => weights.uniform());
    hooks.tell({ kind: 'environment', environment: describeEnvironment(started, initial.length, module) });
    return await train({
      engine,
      ...experiment,
      initial,
      settings: trainingSettings(parameters),
      shuffle: random('batches'),
      draws: trainingDraws(random),
      hooks,
    });
  } catch (error) {
    // An engine on a device throws where it would wait for it, once the trial should stop.
    if (hooks.shouldStop()) return { state: 'interrupted' };
    throw error;
  } finally {
    engine?.dispose();
  }
}

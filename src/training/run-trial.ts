/**
 * One trial from request to outcome, in whatever thread calls it.
 *
 * Numbers depend on (sweep seed, parameters) alone: initial weights, batch order, generated data and
 * what regularisers draw are each a stream of their own. A trial that starts from a checkpoint has the numbers of one
 * that was never interrupted.
 */
import type { Engine } from '../engines/engine.js';
import { glorotParameters } from '../models/neural-ode.js';
import { programVersion } from '../program-version.js';
import type { RandomStream } from '../random/random.js';
import type { Task } from '../tasks/task.js';
import { trialHash } from './checkpoint.js';
import { Checkpoints } from './checkpoints.js';
import { openTrial } from './open-trial.js';
import { describeEnvironment, startEngine } from './start-engine.js';
import { trainingDraws } from './training-draws.js';
import { trainingSettings } from './settings.js';
import { train } from './trainer.js';
import type { TrialHooks, TrialOutcome, TrialRequest } from './trial.js';

/**
 * @throws UserError if the task, its data or the engine cannot be had; ZodError if the parameters do not fit
 */
export async function runTrial(request: TrialRequest, hooks: TrialHooks): Promise<TrialOutcome> {
  const { task, taskModule, parameters, random, experiment } = await openTrial(request);
  const hold = { tell: hooks.holdDevice ?? (() => undefined), shouldStop: hooks.shouldStop };
  let engine: Engine | null = null;
  try {
    const started = await startEngine(parameters, experiment, hold);
    engine = started.engine;
    const weights = random('weights');
    const initial = glorotParameters(experiment.model, () => weights.uniform());
    hooks.tell({ kind: 'environment', environment: describeEnvironment(started, initial.length, taskModule) });
    // What training draws from, and a checkpoint therefore keeps; data and weights are drawn again.
    const streams = new Map<string, RandomStream>();
    const drawn = (purpose: string): RandomStream => {
      const stream = random(purpose);
      streams.set(purpose, stream);
      return stream;
    };
    const shuffle = drawn('batches');
    const draws = trainingDraws(drawn);
    const checkpoints = openCheckpoints(task, taskModule, request, engine, hooks);
    if (checkpoints?.drains === true) return { state: 'interrupted' };
    const start = (await checkpoints?.read({ parameters: initial.length, streams: streams.keys() })) ?? null;
    return await train({
      engine,
      ...experiment,
      initial,
      settings: trainingSettings(parameters),
      shuffle,
      draws,
      hooks,
      ...(checkpoints === null ? {} : { resumable: { checkpoints, start, streams } }),
    });
  } catch (error) {
    // An engine on a device throws where it would wait for it, once the trial should stop.
    if (hooks.shouldStop()) return { state: 'interrupted' };
    throw error;
  } finally {
    engine?.dispose();
  }
}

/** @returns null where none are asked for */
function openCheckpoints(
  { name }: Task,
  taskModule: string | null,
  request: TrialRequest,
  { name: engine, dtype }: Engine,
  hooks: TrialHooks,
): Checkpoints | null {
  if (request.checkpoint === undefined) return null;
  const owner = { program: programVersion(), engine, dtype, trial: trialHash(name, taskModule, request) };
  return new Checkpoints(request.checkpoint, owner, hooks);
}

/**
 * Solves a trained model's test set again, in whatever thread calls it; nothing is trained.
 *
 * Invariant: with the parameters that the trial was trained by, the figures are those of its last epoch – on `kernels`
 * and `reference` bit for bit, since the same data, the same weights and the same measurement are.
 *
 * Known limit: `nonlinear: fixed_point` may have raised its depth while it trained; an evaluation iterates as often as
 * `unroll_depth` says.
 */
import type { Engine } from '../engines/engine.js';
import { UserError } from '../errors.js';
import { parameterCountOf } from '../models/neural-ode.js';
import type { TrainingParameters } from '../tasks/parameters.js';
import type { EvaluationOutcome, EvaluationRequest } from './evaluation.js';
import { Learner } from './learner.js';
import { openTrial } from './open-trial.js';
import { trainingSettings, type TrainingSettings } from './settings.js';
import { describeEnvironment, startEngine } from './start-engine.js';
import { measureTest, warmUpTest, type TestMeasurement } from './test-measurement.js';
import type { TrialHooks } from './trial.js';

/**
 * @throws UserError if the task, its data or the engine cannot be had, or the model is not the task's; ZodError if the
 *   parameters do not fit
 */
export async function evaluateModel(request: EvaluationRequest, hooks: TrialHooks): Promise<EvaluationOutcome> {
  const { taskModule, parameters, experiment } = await openTrial(request);
  const hold = { tell: hooks.holdDevice ?? (() => undefined), shouldStop: hooks.shouldStop };
  requireModel(request.model, parameterCountOf(experiment.model));
  let engine: Engine | null = null;
  let learner: Learner | null = null;
  try {
    const started = await startEngine(parameters, experiment, hold);
    engine = started.engine;
    hooks.tell({ kind: 'environment', environment: describeEnvironment(started, request.model.length, taskModule) });
    const settings = evaluationSettings(parameters);
    learner = new Learner(engine, experiment.model, request.model, settings);
    await warmUpTest(learner, experiment.test, settings.batchSize);
    const measurement = await measureTest(learner, experiment.test, settings.batchSize, hooks.shouldStop);
    return outcomeOf(measurement);
  } catch (error) {
    // An engine on a device throws where it would wait for it, once the evaluation should stop.
    if (hooks.shouldStop()) return { state: 'interrupted' };
    throw error;
  } finally {
    learner?.dispose();
    engine?.dispose();
  }
}

function outcomeOf(measurement: TestMeasurement): EvaluationOutcome {
  switch (measurement.state) {
    case 'measured': {
      const { seconds, ...figures } = measurement.figures;
      return { state: 'completed', end: 'solved', result: { ...figures, predictSeconds: seconds } };
    }
    case 'stopped': {
      const { state: code, advice: message } = measurement.outcome;
      return { state: 'completed', end: 'unsolved', reason: { code, message } };
    }
    case 'interrupted':
      return { state: 'interrupted' };
  }
}

/**
 * Settings of predictions alone: what only training asks of a solver (estimates for regularisers, an adjoint that fits
 * the steps) restricts no evaluation.
 * @throws UserError if the parameters do not fit together
 */
export function evaluationSettings(parameters: TrainingParameters): TrainingSettings {
  return trainingSettings({
    ...parameters,
    error_weight: 0,
    stiffness_weight: 0,
    taylor_weight: 0,
    local_weight: 0,
    steer_width: 0,
    adjoint: 'auto',
    family_regime: 'standalone',
  });
}

/** @throws UserError if there is another number of parameters than the model has */
function requireModel({ length }: Float64Array, count: number): void {
  if (length === count) return;
  throw new UserError('usage', `The trained model has ${length} parameters, but the task now makes one of ${count}.`, {
    hint: 'The task has changed since: evaluate with the task as it was, or train again.',
  });
}

/** A trained model solved again. */
import { describe, expect, it } from 'vitest';
import { builtinTasks } from '../../src/tasks/index.js';
import { evaluateModel } from '../../src/training/evaluate-model.js';
import type { EvaluationOutcome, EvaluationResult } from '../../src/training/evaluation.js';
import { runTrial } from '../../src/training/run-trial.js';
import type { CompletedTrial, ParameterValues, TrialHooks } from '../../src/training/trial.js';

const hooks: TrialHooks = { tell: () => undefined, shouldStop: () => false };

/** Seconds of training, and a test set whose last batch is smaller. */
const quick = { epochs: 2, trajectories: 24, test_trajectories: 10, times: 6, batch_size: 8, seed: 3 };

function spiral(given: ParameterValues): ParameterValues {
  const task = builtinTasks.find(({ name }) => name === 'spiral-node');
  return task?.parameters.parse({ ...quick, ...given }) as ParameterValues;
}

async function train(given: ParameterValues): Promise<CompletedTrial> {
  const outcome = await runTrial({ task: 'spiral-node', parameters: spiral(given), sweepSeed: 7 }, hooks);
  if (outcome.state !== 'completed') throw new Error(`Training ended as ${outcome.state}.`);
  return outcome;
}

function evaluate(trained: CompletedTrial, given: ParameterValues): Promise<EvaluationOutcome> {
  const model = trained.model?.parameters ?? new Float64Array();
  return evaluateModel({ task: 'spiral-node', parameters: spiral(given), sweepSeed: 7, model }, hooks);
}

async function solved(trained: CompletedTrial, given: ParameterValues): Promise<EvaluationResult> {
  const outcome = await evaluate(trained, given);
  if (outcome.state !== 'completed' || outcome.end !== 'solved') throw new Error(`It ended as ${outcome.state}.`);
  return outcome.result;
}

describe('A trained model', () => {
  it.each<[string, ParameterValues]>([
    ['regularised, in f32', { error_weight: 0.1, stiffness_weight: 0.01 }],
    ['in f64', { dtype: 'f64', error_weight: 0.1 }],
    ['with steps of each row', { stepping: 'per_sample', error_weight: 0.1 }],
    ['with more states in training than in predictions', { taylor_weight: 0.01, steer_width: 0.1 }],
    ['by fixed steps', { solver: 'rk4', controller: 'constant' }],
    ['by an implicit method', { solver: 'backward_euler', controller: 'constant' }],
    ['by the continuous adjoint', { adjoint: 'interpolating' }],
  ])('trained %s has, solved as it was trained, the same bits as its last epoch', async (_, given) => {
    const trained = await train(given);
    const { nfe, loss, accuracy } = await solved(trained, given);
    expect({ nfe, loss, accuracy }).toEqual({
      nfe: trained.result.nfe,
      loss: trained.result.loss,
      accuracy: trained.result.accuracy,
    });
  });

  it('costs more evaluations at a tighter tolerance, and others by another solver', async () => {
    const trained = await train({ rtol: 1e-3 });
    const tight = await solved(trained, { rtol: 1e-6 });
    expect(tight.nfe).toBeGreaterThan(trained.result.nfe ?? Infinity);
    expect(tight.accepted).toBeGreaterThan(0);
    expect(tight.predictSeconds).toBeGreaterThan(0);
    expect((await solved(trained, { rtol: 1e-3, solver: 'dopri8' })).nfe).not.toBe(trained.result.nfe);
  });

  it('trained with error estimates may be solved by a method that has none', async () => {
    const given = { error_weight: 0.1 };
    const fixed = await solved(await train(given), { ...given, solver: 'euler', controller: 'constant', dt: 0.1 });
    expect(fixed.nfe).toBe(fixed.accepted);
  });

  it('that a solver cannot solve has the reason of the solve', async () => {
    expect(await evaluate(await train({}), { max_steps: 1 })).toMatchObject({
      state: 'completed',
      end: 'unsolved',
      reason: { code: 'max_steps', message: expect.stringContaining('raise max_steps') as string },
    });
  });

  it('of another size is refused', async () => {
    const trained = await train({ hidden: 5 });
    await expect(evaluate(trained, { hidden: 6 })).rejects.toThrow(
      'has 27 parameters, but the task now makes one of 32',
    );
  });
});

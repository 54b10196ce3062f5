/** Training with each adjoint: what it must not change, and how it ends where it cannot go on. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import { runTrial } from '../../src/training/run-trial.js';
import { train } from '../../src/training/trainer.js';
import { trainingDraws } from '../../src/training/training-draws.js';
import { iterate, problem, smallClassifier, smallSpiral, stream, type SmallExperiment } from './experiments.js';

type Given = Readonly<Record<string, number | string>>;

const silent = { tell: () => undefined, shouldStop: () => false };

async function parametersOf(experiment: SmallExperiment): Promise<Float64Array> {
  const engine = await createEngine('kernels', 'f32');
  const random = { shuffle: stream('batches'), draws: trainingDraws(stream) };
  const outcome = await train({ engine, ...experiment, ...random, hooks: silent });
  engine.dispose();
  if (outcome.state !== 'completed' || outcome.model === null) throw new Error(`Training ended as ${outcome.state}.`);
  return outcome.model.parameters;
}

describe('Checkpoint, stages and binomial adjoints train the same parameters, bit for bit', () => {
  const weights = { error_weight: 0.1, stiffness_weight: 0.01, rtol: 1e-5 };
  it.each<readonly [string, Given]>([
    ['with R_E and R_S', weights],
    ['with R_2, STEER and the local step', { ...weights, taylor_weight: 1e-4, steer_width: 0.2, local_weight: 0.1 }],
    ['with constant steps', { solver: 'rk4', controller: 'constant', dt: 0.07 }],
  ])('%s', async (_, given) => {
    for (const make of [smallSpiral, smallClassifier]) {
      const of = async (adjoint: Given) => parametersOf(await make({ ...given, ...adjoint, epochs: 2, batch_size: 8 }));
      const expected = await of({});
      expect(await of({ adjoint: 'stages' })).toEqual(expected);
      for (const states of [1, 3]) expect(await of({ adjoint: 'binomial', adjoint_states: states })).toEqual(expected);
    }
  });
});

it('The biased local step starts from the same states, be they kept by checkpoints or by stages', async () => {
  const given = { local_weight: 1, local_sampling: 'biased', rtol: 1e-5 };
  const { result, gradient } = await iterate(problem(await smallSpiral(given)));
  for (const adjoint of ['stages', 'interpolating']) {
    const other = await iterate(problem(await smallSpiral({ ...given, adjoint })));
    expect(other.result.localRegularizer).toBe(result.localRegularizer);
    if (adjoint === 'stages') expect(other.gradient).toEqual(gradient);
  }
});

describe.each(['interpolating', 'backsolve'])('The continuous adjoint %s', (adjoint) => {
  it.each<readonly [string, Given]>([
    ['gives the gradient up to the tolerance', {}],
    ['carries R_2, STEER and the local step', { taylor_weight: 0.01, steer_width: 0.2, local_weight: 1 }],
  ])('%s', async (_, given) => {
    for (const make of [smallSpiral, smallClassifier]) {
      const tight = { ...given, rtol: 1e-8 };
      const exact = await iterate(problem(await make(tight)));
      const { result, gradient } = await iterate(problem(await make({ ...tight, adjoint })));
      expect({ ...result, backwardNfe: 0 }).toEqual({ ...exact.result, backwardNfe: 0 });
      const difference = Math.hypot(...gradient.map((value, k) => value - exact.gradient[k]));
      expect(difference).toBeGreaterThan(0);
      expect(difference).toBeLessThan(1e-5 * Math.hypot(...exact.gradient));
    }
  });

  it('ends the trial with its advice where it runs out of steps', async () => {
    const parameters = { trajectories: 16, test_trajectories: 4, times: 30, adjoint, max_steps: 25 };
    const outcome = await runTrial({ task: 'spiral-node', parameters, sweepSeed: 0 }, silent);
    expect(outcome).toMatchObject({ state: 'failed', reason: { code: 'max_steps', epoch: 1, iteration: 1 } });
    const message = outcome.state === 'failed' ? outcome.reason.message : '';
    expect(message).toContain(`The ${adjoint} adjoint could not get back to t0. Stopped at t = `);
    expect(message).toContain('after 25 attempted steps: raise max_steps');
  });
});

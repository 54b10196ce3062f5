/** Training with implicit methods. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import { KernelsEngine } from '../../src/engines/kernels/engine.js';
import { Learner } from '../../src/training/learner.js';
import { runTrial } from '../../src/training/run-trial.js';
import type { TrialMessage } from '../../src/training/trial.js';
import { derivative, dot, numbers } from '../regularizers/nets.js';
import { iterate, problem, smallClassifier, smallSpiral, type SmallExperiment } from './experiments.js';

type Given = Readonly<Record<string, number | string>>;

const constant = { controller: 'constant', dt: 0.09 };
const fixedPoint = { nonlinear: 'fixed_point', unroll_depth: 2, unroll_limit: 5 };
const newtonMidpoint = { ...constant, solver: 'implicit_midpoint' };

describe.each<readonly [string, (given: Given) => SmallExperiment | Promise<SmallExperiment>]>([
  ['a spiral', (given) => smallSpiral({ times: 5, hidden: 6, ...given })],
  ['a classifier', (given) => smallClassifier(given)],
])('The gradient of %s is its derivative', (_, make) => {
  // What Newton's iteration and the linear solves of its adjoint leave open bounds the first two.
  it.each<readonly [string, Given, number]>([
    ['with backward Euler', { solver: 'backward_euler' }, 1e-6],
    ['with the implicit midpoint rule, R_2 and STEER', { solver: 'implicit_midpoint', taylor_weight: 0.2 }, 1e-6],
    ['with so many fixed-point iterations', { solver: 'implicit_midpoint', ...fixedPoint }, 1e-9],
  ])('%s', async (__, given, tolerance) => {
    const of = problem(await make({ ...constant, ...given, steer_width: 0.1 }), 4);
    const direction = numbers(of.initial.length, 31);
    const { gradient } = await iterate(of);
    const along = async (shift: number) => {
      const { result } = await iterate(of, { at: of.initial.map((value, k) => value + shift * direction[k]) });
      return result.loss + of.settings.weights.taylor * (result.taylorRegularizer ?? 0);
    };
    const error = Math.abs(dot(gradient, direction) - (await derivative(along, 2e-4)));
    expect(error).toBeLessThan(tolerance * Math.hypot(...gradient));
  });
});

it('Implicit methods have no R_E and R_S, and say so with NaN', async () => {
  const { result } = await iterate(problem(await smallSpiral(newtonMidpoint)));
  expect(result).toMatchObject({ errorRegularizer: NaN, stiffnessRegularizer: NaN, solves: 1 });
});

it('The fixed-point iteration goes deeper once what it leaves open exceeds the loss, and predictions with it', async () => {
  const engine = await createEngine('reference', 'f64');
  const { model, initial, settings, batch } = problem(await smallSpiral({ ...newtonMidpoint, ...fixedPoint }));
  const learner = new Learner(engine, model, initial, settings);
  const iteration = async () => {
    const result = await learner.gradient(batch, settings.weights);
    if (result.state !== 'success') throw new Error(result.outcome.advice);
    return result;
  };
  const nfe = async () => (await learner.predict(batch)).statistics.nfe;
  const first = await iteration();
  const shallow = await nfe();
  const { accepted } = first.statistics;
  expect(first.unrollingError).toBeGreaterThan(0);
  learner.heed(first);
  expect(await nfe()).toBe(shallow);
  for (const depth of [3, 4, 5, 5]) {
    learner.heed({ ...first, loss: 0 });
    expect(await nfe()).toBe(shallow + (depth - 2) * accepted);
    expect((await iteration()).statistics.nfe).toBe(first.statistics.nfe + (depth - 2) * accepted);
  }
  learner.dispose();
  engine.dispose();
});

it('A trial raises the depth itself, as far as the loss asks for', async () => {
  const nfe = async (limit: number) => {
    const unrolled = { nonlinear: 'fixed_point', unroll_depth: 1, unroll_limit: limit };
    const short = { t1: 0.3, times: 2, epochs: 20, trajectories: 64, test_trajectories: 16 };
    const parameters = { ...short, ...unrolled, controller: 'constant', dt: 0.1, solver: 'implicit_midpoint' };
    const hooks = { tell: () => undefined, shouldStop: () => false };
    const outcome = await runTrial({ task: 'spiral-node', parameters, sweepSeed: 0 }, hooks);
    return outcome.state === 'completed' ? outcome.result.nfe : outcome;
  };
  // Three steps; two iterations of each leave less open than the loss.
  expect(await nfe(1)).toBe(3);
  expect(await nfe(4)).toBe(6);
});

it('A trial learns with every implicit method', async () => {
  for (const given of [
    { solver: 'backward_euler' },
    { solver: 'implicit_midpoint' },
    { solver: 'implicit_midpoint', ...fixedPoint },
  ]) {
    const small = { trajectories: 64, test_trajectories: 16, times: 10, epochs: 15 };
    const parameters = { ...small, controller: 'constant', dt: 0.03, ...given };
    const losses: number[] = [];
    const tell = (message: TrialMessage): void => {
      if (message.kind === 'epoch') losses.push(message.metrics.testLoss ?? NaN);
    };
    const hooks = { tell, shouldStop: () => false };
    const outcome = await runTrial({ task: 'spiral-node', parameters, sweepSeed: 0 }, hooks);
    expect(outcome).toMatchObject({ state: 'completed' });
    expect(losses).toHaveLength(15);
    expect(losses[14]).toBeLessThan(0.7 * losses[0]);
  }
});

it.each<readonly [string, Given]>([
  ['implicit methods', newtonMidpoint],
  ['unrolled iterations', { ...newtonMidpoint, ...fixedPoint }],
  ['per-sample steps', { stepping: 'per_sample', error_weight: 0.1, taylor_weight: 0.1 }],
  ['stages', { adjoint: 'stages' }],
  ['few states', { adjoint: 'binomial', adjoint_states: 2 }],
  ['dense output backwards', { adjoint: 'interpolating' }],
  ['a backward solve', { adjoint: 'backsolve' }],
])('A learner gives all its memory back that it trained with by %s', async (_, given) => {
  const engine = await createEngine('kernels', 'f32');
  if (!(engine instanceof KernelsEngine)) throw new Error('It is.');
  const { model, initial, settings, batch } = problem(smallClassifier(given));
  const sizes: number[] = [];
  for (let n = 0; n < 40; n += 1) {
    const learner = new Learner(engine, model, initial, settings);
    await learner.gradient(batch, settings.weights);
    await learner.predict(batch);
    learner.dispose();
    sizes.push(engine.memoryBytes);
  }
  engine.dispose();
  expect(sizes[39]).toBe(sizes[3]);
});

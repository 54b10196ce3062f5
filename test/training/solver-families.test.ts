/** Training over many members of a family of solvers. */
import { expect, it } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import { KernelsEngine } from '../../src/engines/kernels/engine.js';
import { rk3 } from '../../src/ode/tableaux/families.js';
import { Learner } from '../../src/training/learner.js';
import type { TrainingSettings } from '../../src/training/settings.js';
import { trainingDraws } from '../../src/training/training-draws.js';
import { iterate, problem, smallClassifier, smallSpiral, stream } from './experiments.js';

const family = { solver: 'rk3_family', family_u: 0.4, family_v: 0.7, controller: 'constant', dt: 0.1 };
const other = { family_other_u: 0.6, family_other_v: 0.9 };

it('A family of one member is that method', async () => {
  const constant = { controller: 'constant', dt: 0.1 };
  const member = await iterate(problem(await smallSpiral({ ...constant, solver: 'rk2_family', family_u: 0.5 })));
  expect(member).toEqual(await iterate(problem(await smallSpiral({ ...constant, solver: 'midpoint' }))));
});

it('Switching trains with either member, as drawn, and predicts with the first', async () => {
  const given = await smallSpiral({ ...family, ...other, family_regime: 'switching', stiffness_weight: 0.01 });
  const [first, second] = await Promise.all(
    [family, { ...family, family_u: 0.6, family_v: 0.9 }].map(async (each) =>
      iterate(problem(await smallSpiral({ ...each, stiffness_weight: 0.01 }))),
    ),
  );
  for (const [uniform, expected] of [
    [0.2, first],
    [0.8, second],
  ] as const) {
    const draws = { ...trainingDraws(stream), member: { uniform: () => uniform, normal: () => 0 } };
    const { result, gradient, prediction } = await iterate(problem(given), { draws });
    expect({ result, gradient }).toEqual({ result: expected.result, gradient: expected.gradient });
    expect(prediction).toEqual(first.prediction);
  }
});

it('Smoothing trains with a method beside the member, and predicts with the member', async () => {
  const given = problem(await smallSpiral({ ...family, family_regime: 'smoothing', family_spread: 0.05 }));
  const draws = { ...trainingDraws(stream), member: { uniform: () => 0, normal: () => 1.5 } };
  const { result, prediction } = await iterate(given, { draws });
  const beside: TrainingSettings['method'] = { ...explicit(given.settings), tableau: rk3(0.475, 0.775), regime: null };
  const near = await iterate({ ...given, settings: { ...given.settings, method: beside } });
  expect(result.loss).toBeCloseTo(near.result.loss, 12);
  const member = await iterate(problem(await smallSpiral(family)));
  expect(prediction).toEqual(member.prediction);
  expect(result.loss).not.toBe(member.result.loss);
});

function explicit({ method }: TrainingSettings) {
  if (method.kind !== 'explicit') throw new Error('It is.');
  return method;
}

it('A new member for every batch takes no more memory than a few', async () => {
  const engine = await createEngine('kernels', 'f32');
  if (!(engine instanceof KernelsEngine)) throw new Error('It is.');
  const wide = { ...family, family_regime: 'smoothing', adjoint: 'stages' };
  const { model, initial, settings, batch } = problem(smallClassifier(wide), 16);
  const learner = new Learner(engine, model, initial, settings);
  const draws = trainingDraws(stream);
  const sizes: number[] = [];
  for (let n = 0; n < 400; n += 1) {
    await learner.gradient(batch, settings.weights, draws);
    sizes.push(engine.memoryBytes);
  }
  learner.dispose();
  engine.dispose();
  expect(sizes[399]).toBe(sizes[4]);
});

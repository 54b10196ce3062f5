/** Annealing of λ and decay of the learning rate, against their formulas. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import { Optimizer } from '../../src/training/optimizer.js';
import { weightsAt } from '../../src/training/weight-schedule.js';

const others = { taylor: 0, local: 0 };

test('weights are annealed as λ0 exp(−e ln(λ0/λ1) / epochs), all by the same factor', () => {
  const ratio = fc.double({ min: 1e-3, max: 10, noNaN: true });
  fc.assert(
    fc.property(ratio, fc.integer({ min: 1, max: 200 }), fc.nat({ max: 199 }), (finalRatio, epochs, place) => {
      const epoch = place % epochs;
      const schedule = { error: 2, stiffness: 0.5, taylor: 6, local: 1, finalRatio, epochs };
      const expected = 2 * Math.exp((-epoch * Math.log(1 / finalRatio)) / epochs);
      const weights = weightsAt(schedule, epoch);
      expect(weights.error / expected).toBeCloseTo(1, 12);
      expect(weights.stiffness / weights.error).toBeCloseTo(0.25, 12);
      expect(weights.taylor / weights.error).toBeCloseTo(3, 12);
      expect(weights.local / weights.error).toBeCloseTo(0.5, 12);
    }),
  );
});

test('the first epoch has the weights as given, and a ratio of 1 keeps them to the last bit', () => {
  const weights = { error: 0.3, stiffness: 7, taylor: 0.1, local: 0.7 };
  expect(weightsAt({ ...weights, finalRatio: 0.1, epochs: 9 }, 0)).toEqual(weights);
  for (const epoch of [0, 1, 7]) {
    expect(weightsAt({ ...weights, finalRatio: 1, epochs: 8 }, epoch)).toEqual(weights);
  }
});

test('the weight that would follow the last epoch is the final one: ten epochs to a tenth', () => {
  expect(weightsAt({ ...others, error: 100, stiffness: 0, finalRatio: 0.1, epochs: 10 }, 10).error).toBeCloseTo(10, 12);
  expect(weightsAt({ ...others, error: 100, stiffness: 0, finalRatio: 0.1, epochs: 10 }, 5).error).toBeCloseTo(
    31.6227766,
    6,
  );
});

test('the learning rate of iteration n is learning_rate / (1 + decay · n), counted from 0', async () => {
  const engine = await createEngine('reference', 'f64');
  const parameters = engine.createParameters([0]);
  const optimizer = new Optimizer(engine, parameters, {
    kind: 'momentum',
    learningRate: 0.5,
    decay: 0.25,
    momentum: 0,
  });
  let before = 0;
  for (let n = 0; n < 6; n += 1) {
    engine.fill(parameters.gradient, 1);
    optimizer.step();
    const [value] = await engine.readParameters(parameters);
    expect(before - value).toBeCloseTo(0.5 / (1 + 0.25 * n), 12);
    before = value;
  }
  optimizer.dispose();
  engine.dispose();
});

test('the first step of Adam is the learning rate, against the gradient’s sign', async () => {
  const engine = await createEngine('reference', 'f64');
  const parameters = engine.createParameters([1, 1]);
  const optimizer = new Optimizer(engine, parameters, { kind: 'adam', learningRate: 0.01, decay: 0, momentum: 0 });
  engine.write(parameters.gradient, [3, -0.2]);
  optimizer.step();
  const values = await engine.readParameters(parameters);
  expect([...values]).toEqual([expect.closeTo(0.99, 7), expect.closeTo(1.01, 7)]);
  optimizer.dispose();
  engine.dispose();
});

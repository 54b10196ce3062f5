/** Local regularisation: where its step starts, what it measures, and its gradient with the start held constant. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import type { AcceptedStep } from '../../src/ode/grid.js';
import { Solver } from '../../src/ode/solver.js';
import { Stepper } from '../../src/ode/step.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { createRandom } from '../../src/random/create-random.js';
import { localFirstStages, localRegularizer, LocalStep } from '../../src/regularizers/local.js';
import { derivative, dot, nets, numbers } from './nets.js';

const { tsit5, bosh3, dopri5_classic, heun21, rkf45 } = tableaux;
const pairs = { tsit5, bosh3, dopri5_classic, heun21, rkf45 };
const tolerances = { atol: 1e-3, rtol: 1e-3 };

function uniform() {
  const random = createRandom({ sweepSeed: 1, trialSeed: 2 }, 'local');
  return () => random.uniform();
}

describe('The start of the local step', () => {
  it('is uniform on [t0, t1] where unbiased, in either direction of time', () => {
    const regularizer = localRegularizer('unbiased');
    if (regularizer.sampling !== 'unbiased') throw new Error('It is.');
    const draw = uniform();
    for (const t1 of [3, -1]) {
      const times = Array.from({ length: 4000 }, () => regularizer.drawTime({ t0: 1, t1, saveat: null }, draw));
      const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
      expect(Math.min(...times)).toBeGreaterThanOrEqual(Math.min(1, t1));
      expect(Math.max(...times)).toBeLessThanOrEqual(Math.max(1, t1));
      // Standard deviation of the mean: 2 / √12 / √4000 = 0.009.
      expect(Math.abs(mean - (1 + t1) / 2)).toBeLessThan(0.04);
    }
  });

  it('is each accepted step alike where biased, and nothing else', () => {
    const regularizer = localRegularizer('biased');
    if (regularizer.sampling !== 'biased') throw new Error('It is.');
    const draw = uniform();
    const steps: AcceptedStep[] = [0.01, 0.09, 0.9, 1].map((h) => ({ t: 0, h, error: 0.5, stiffness: null }));
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 4000; n += 1) counts[regularizer.drawStep(steps, draw)] += 1;
    expect(counts.reduce((sum, count) => sum + count)).toBe(4000);
    // Standard deviation of a count: √(4000 · 3/16) = 27.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});

describe('The local step', () => {
  it('is the first step that a solver takes from there', async () => {
    const engine = await createEngine('reference', 'f64');
    const net = nets['time twice – tanh'];
    const field = engine.compile(net, engine.createParameters(numbers(net.parameterCount, 2)), 0);
    const options = { engine, field, tableau: tableaux.tsit5, rows: 2, columns: 3 };
    const y = engine.allocate(2, 3);
    engine.write(y, numbers(6, 3));
    const step = new LocalStep(options);
    for (const t1 of [1.7, -1, 0.2501]) {
      const { grid, statistics } = await new Solver(options).solve({
        ...tolerances,
        y0: y,
        t0: 0.25,
        t1,
        saveat: [],
        controller: 'integral',
        maxSteps: 100,
        keepStates: false,
        stiffness: null,
      });
      const { value, h, evaluations } = await step.take({ ...tolerances, t: 0.25, t1, y });
      expect(h).toBe(grid.steps[0].h);
      expect(value).toBe((grid.steps[0].error ?? NaN) * Math.abs(h));
      if (statistics.accepted === 1) expect(evaluations).toBe(statistics.nfe);
    }
    expect(await step.take({ ...tolerances, t: 1, t1: 1, y })).toEqual({ value: 0, h: 0, evaluations: 0 });
    step.dispose();
  });

  const cases = Object.entries(pairs).flatMap(([pair, tableau]) =>
    Object.entries(nets).flatMap(([name, net]) =>
      localFirstStages.map((firstStage) => ({ pair, tableau, name, net, firstStage })),
    ),
  );

  it.each(cases)('of $pair has the gradient with y and h constant, k₁ $firstStage: $name', async (drawn) => {
    const { tableau, net, firstStage } = drawn;
    const engine = await createEngine('reference', 'f64');
    const [rows, columns] = [2, net.inputs];
    const theta = numbers(net.parameterCount, 21).map((weight) => 2 * weight);
    const parameters = engine.createParameters(theta);
    const field = engine.compile(net, parameters, 0);
    const options = { engine, field, tableau, rows, columns };
    const [y, y1] = [engine.allocate(rows, columns), engine.allocate(rows, columns)];
    engine.write(y, numbers(rows * columns, 22));
    const step = new LocalStep(options, firstStage);
    // So loose that the step is long and its error no mere rest of cancellation.
    const start = { atol: 1, rtol: 1, t: 0.1, t1: 1.6, y };
    const { h, value } = await step.take(start);
    engine.fill(parameters.gradient, 0);
    expect(step.pullback(3)).toBe(tableau.b.length - (firstStage === 'constant' ? 1 : 0));
    const gradient = await engine.read(parameters.gradient);

    const stepper = new Stepper(options, { keepStates: false });
    const direction = numbers(theta.length, 23);
    const along = async (shift: number) => {
      engine.writeParameters(parameters, theta);
      const moved = theta.map((weight, k) => weight + shift * direction[k]);
      if (firstStage === 'differentiated') engine.writeParameters(parameters, moved);
      stepper.evaluateFirst(start.t, y);
      engine.writeParameters(parameters, moved);
      const error = await stepper.attempt(start.t, h, y, y1, start);
      return 3 * Math.abs(h) * (error ?? NaN);
    };
    expect(await along(0)).toBeCloseTo(3 * value, 14);
    expect(Math.hypot(...gradient)).toBeGreaterThan(0);
    // With k₁ held, E leaves its small value within a small distance: the differences must stay well inside.
    const size = Math.hypot(...gradient);
    const smallest = (0.01 * 3 * value) / (size * Math.hypot(...direction));
    const error = Math.abs(dot(gradient, direction) - (await derivative(along, smallest)));
    expect(error).toBeLessThan(1e-7 * size);
    step.dispose();
  });
});

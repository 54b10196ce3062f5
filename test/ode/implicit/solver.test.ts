import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImplicitAdjoint } from '../../../src/adjoint/implicit.js';
import { createEngine } from '../../../src/engines/index.js';
import { KernelsEngine } from '../../../src/engines/kernels/engine.js';
import { activation, chain, concatTime, dense } from '../../../src/models/chain.js';
import { implicitMethods, type ImplicitMethodName } from '../../../src/ode/implicit/method.js';
import { ImplicitSolver } from '../../../src/ode/implicit/solver.js';
import { exponential, grown, growth, rotation, solveField, stiffCosine, vanDerPol } from './solve-field.js';

const methods = Object.keys(implicitMethods) as ImplicitMethodName[];
const deep = { kind: 'fixed_point', depth: 30 } as const;

describe.each(methods)('%s', (method) => {
  const { order } = implicitMethods[method];

  it.each([
    { way: 'forwards', t0: 0, t1: 1.5 },
    { way: 'backwards', t0: 1.5, t1: -0.5 },
  ])('converges with its order, $way, by Newton and by deep fixed-point iteration', async ({ t0, t1 }) => {
    for (const nonlinear of [{ kind: 'newton', tolerance: 1e-13 }, deep] as const) {
      const errors: number[] = [];
      for (const steps of [40, 80, 160]) {
        const dt = Math.abs(t1 - t0) / steps;
        const { y1 } = await solveField({ method, functions: growth, start: [[0.2], [0.7]], t0, t1, dt, nonlinear });
        errors.push(Math.max(Math.abs(y1[0] - grown(0.2, t0, t1)), Math.abs(y1[1] - grown(0.7, t0, t1))));
      }
      for (const i of [1, 2]) expect(Math.abs(Math.log2(errors[i - 1] / errors[i]) - order)).toBeLessThan(0.1);
    }
  });

  it.each(['hermite', 'linear'] as const)('keeps its order in %s dense output', async (interpolation) => {
    const saveat = [0.31, 0.47, 0.83];
    const errors: number[] = [];
    for (const steps of [40, 80, 160, 320]) {
      const options = { functions: growth, start: [[0.2]], dt: 1 / steps, saveat, interpolation };
      const { outputs } = await solveField({ method, ...options });
      errors.push(Math.max(...saveat.map((t, m) => Math.abs(outputs[m][0] - grown(0.2, 0, t)))));
    }
    // Where in its step an output falls changes with dt: the slope is that over all sizes.
    const slope = Math.log2(errors[0] / errors[3]) / 3;
    if (interpolation === 'hermite') expect(Math.abs(slope - order)).toBeLessThan(0.1);
    else expect(slope).toBeGreaterThan(order - 0.3);
  });

  it('does in one step what its stability function says', async () => {
    for (const z of [-1e4, -3, -0.2, 0.4]) {
      const { y1 } = await solveField({ method, functions: exponential(z), start: [[2]], dt: 1 });
      const factor = method === 'backward_euler' ? 1 / (1 - z) : (1 + z / 2) / (1 - z / 2);
      expect(y1[0] / (2 * factor)).toBeCloseTo(1, 12);
    }
  });

  it('follows a solution with λ = −1e4 at steps a thousand times beyond an explicit method', async () => {
    const { outcome, y1, statistics } = await solveField({
      method,
      functions: stiffCosine(-1e4),
      start: [[1]],
      t1: 5,
      dt: 0.25,
    });
    expect(outcome.state).toBe('success');
    expect(statistics.accepted).toBe(20);
    expect(Math.abs(y1[0] - Math.cos(5))).toBeLessThan(method === 'backward_euler' ? 1e-4 : 1e-2);
  });

  it('does not overshoot across a stiff transient with linear dense output', async () => {
    const saveat = Array.from({ length: 50 }, (_, i) => 0.25 + 0.0947 * i);
    const options = { functions: stiffCosine(-1e4), start: [[1]], t1: 5, dt: 0.25, saveat };
    const { outputs } = await solveField({ method, ...options, interpolation: 'linear' });
    for (const [m, t] of saveat.entries()) expect(Math.abs(outputs[m][0] - Math.cos(t))).toBeLessThan(0.02);
  });

  it('follows the stiff van der Pol oscillator (μ = 1000) down its slow branch', async () => {
    const problem = { method, functions: vanDerPol(1000), start: [[2, -2 / 3000]] } as const;
    const fine = await solveField({ ...problem, dt: 0.002 });
    const coarse = await solveField({ ...problem, dt: 0.1 });
    expect(coarse.outcome.state).toBe('success');
    expect(coarse.statistics.accepted).toBe(10);
    expect(Math.abs(coarse.y1[0] - fine.y1[0])).toBeLessThan(1e-7);
    // A step of Newton costs two or three calls of f, and a Krylov space of two variables ends after two products.
    expect(coarse.statistics.nfe).toBeLessThanOrEqual(35);
    expect(coarse.statistics.linearIterations).toBeLessThanOrEqual(2 * coarse.statistics.newtonIterations);
  });

  it('lands on t1 whatever dt, in both directions, and never changes its steps for output times', async () => {
    const parameters = fc.record({
      t0: fc.double({ min: -2, max: 2, noNaN: true }),
      span: fc.double({ min: 0.01, max: 3, noNaN: true }),
      backwards: fc.boolean(),
      dt: fc.double({ min: 0.02, max: 10, noNaN: true }),
      at: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
      newton: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(parameters, async ({ t0, span, backwards, dt, at, newton }) => {
        const t1 = backwards ? t0 - span : t0 + span;
        const saveat = at.toSorted((a, b) => a - b).map((share) => t0 + share * (t1 - t0));
        const nonlinear = newton ? ({ kind: 'newton' } as const) : ({ kind: 'fixed_point', depth: 3 } as const);
        const problem = { method, functions: exponential(-0.05), start: [[1, 2]], t0, t1, dt, nonlinear };
        const plain = await solveField(problem);
        const { outcome, outputs, grid, y1, statistics, calls } = await solveField({ ...problem, saveat });
        expect(outcome.state).toBe('success');
        expect(outcome.t).toBe(t1);
        expect(grid.steps).toEqual(plain.grid.steps);
        expect(y1).toEqual(plain.y1);
        expect(outputs).toHaveLength(saveat.length);
        expect(statistics.nfe).toBe(calls);
        expect(grid.steps.length).toBe(Math.max(1, Math.ceil(span / dt - 1e-9)));
        for (const [m, time] of saveat.entries()) {
          const { step, theta } = grid.outputs[m];
          const from = step < 0 ? t0 : grid.steps[step].t + theta * grid.steps[step].h;
          expect(Math.abs(from - time)).toBeLessThan(1e-12);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('calls f for Hermite output once at each end of the steps that have any inside', async () => {
    const problem = { method, functions: growth, start: [[0.5]], dt: 0.1 };
    const plain = await solveField(problem);
    const nfeAt = async (saveat: readonly number[], interpolation: 'hermite' | 'linear' = 'hermite') =>
      (await solveField({ ...problem, saveat, interpolation })).statistics.nfe - plain.statistics.nfe;
    expect(await nfeAt([0.02, 0.07])).toBe(2);
    expect(await nfeAt([0.02, 0.15])).toBe(3);
    expect(await nfeAt([0.02, 0.07, 0.15, 0.35])).toBe(5);
    expect(await nfeAt([0.02, 0.07, 0.15, 0.35], 'linear')).toBe(0);
    // Times of steps need no interpolation, however they were rounded.
    expect(await nfeAt([0, 0.1, 0.2, 0.1 + 0.2, 0.4, 0.7, 1 - 0.2, 0.9, 1])).toBe(0);
  });

  it('ends at once, without a call of f, where t0 = t1', async () => {
    const problem = { method, functions: growth, start: [[0.5]], t0: 1, t1: 1, dt: 0.1, saveat: [1, 1] };
    const { outcome, outputs, y1, statistics, states } = await solveField({ ...problem, keepStates: true });
    expect([outcome.state, y1, outputs, statistics.nfe, states?.length]).toEqual([
      'success',
      [0.5],
      [[0.5], [0.5]],
      0,
      1,
    ]);
  });

  it('takes one step where dt is beyond the interval, as large as numbers go', async () => {
    const { outcome, grid } = await solveField({ method, functions: growth, start: [[0.5]], dt: Number.MAX_VALUE });
    expect(outcome.state).toBe('success');
    expect(grid.steps.map(({ t, h }) => [t, h])).toEqual([[0, 1]]);
  });

  it('ends as non_finite, max_steps or dt_underflow with a sentence of advice, and never throws', async () => {
    const states: string[] = [];
    for (const nonlinear of [{ kind: 'newton' }, deep] as const) {
      const problem = { method, functions: growth, start: [[0.5]], dt: 0.1, nonlinear };
      const infinite = { f: () => [Infinity], pushforward: () => [0] };
      const solves = [
        await solveField({ ...problem, start: [[NaN]] }),
        await solveField({ ...problem, functions: infinite }),
        await solveField({ ...problem, maxSteps: 3 }),
        await solveField({ ...problem, t0: 1e9, t1: 1e9 + 1, dt: 1e-9 }),
      ];
      for (const { outcome } of solves) {
        states.push(outcome.state);
        expect(outcome.advice.length).toBeGreaterThan(20);
      }
    }
    const expected = ['non_finite', 'non_finite', 'max_steps', 'dt_underflow'];
    expect(states).toEqual([...expected, ...expected]);
  });
});

it('the implicit midpoint rule keeps the radius of a rotation for a thousand steps', async () => {
  const start = [[1, 0]];
  const { y1 } = await solveField({ method: 'implicit_midpoint', functions: rotation, start, t1: 100, dt: 0.1 });
  expect(Math.abs(Math.hypot(...y1) - 1)).toBeLessThan(1e-12);
  const damped = await solveField({ method: 'backward_euler', functions: rotation, start, t1: 100, dt: 0.1 });
  expect(Math.hypot(...damped.y1)).toBeLessThan(0.01);
});

it('backward Euler damps a stiff transient at once where the midpoint rule rings', async () => {
  const problem = { functions: exponential(-1e6), start: [[1]], t1: 10, dt: 1 };
  const euler = await solveField({ ...problem, method: 'backward_euler' });
  const midpoint = await solveField({ ...problem, method: 'implicit_midpoint' });
  expect(Math.abs(euler.y1[0])).toBeLessThan(1e-50);
  expect(Math.abs(midpoint.y1[0])).toBeGreaterThan(0.99);
});

it('steps of dt do not drift: the last of 10 000 tenths starts where multiplication says', async () => {
  const problem = { method: 'backward_euler', functions: exponential(-1), start: [[1]] } as const;
  const { grid } = await solveField({ ...problem, t1: 1000, dt: 0.1, nonlinear: { kind: 'fixed_point', depth: 1 } });
  expect(grid.steps).toHaveLength(10_000);
  expect(grid.steps[9999].t).toBe(9999 * 0.1);
});

describe('One solver', () => {
  const chainOf = (columns: number) => chain(columns, [concatTime(), dense(4), activation('tanh'), dense(columns)]);

  it('gives the same bits solve after solve, whatever it solved in between, and does not serve two at once', async () => {
    const engine = await createEngine('kernels', 'f64');
    const net = chainOf(3);
    const parameters = engine.createParameters(
      Float64Array.from({ length: net.parameterCount }, (_, k) => Math.sin(k)),
    );
    const field = engine.compile(net, parameters, 0);
    const y0 = engine.allocate(2, 3);
    engine.write(y0, [1, -1, 0.5, 0, 2, -0.3]);
    const method = implicitMethods.implicit_midpoint;
    const solver = new ImplicitSolver({ engine, field, method, rows: 2, columns: 3 });
    const request = { y0, t0: 0, t1: 1, dt: 0.15, maxSteps: 99, saveat: [0.2, 0.22, 0.5, 1], keepStates: true };
    const settings = [
      { kind: 'newton' },
      { kind: 'fixed_point', depth: 3 },
      { kind: 'fixed_point', depth: 6 },
    ] as const;
    const results: (readonly Float64Array[])[][] = [[], []];
    for (const round of results) {
      for (const nonlinear of settings) {
        const { y1, outputs, states } = await solver.solve({ ...request, nonlinear });
        const all = [y1, ...outputs, ...(states ?? [])];
        round.push(await Promise.all(all.map(async (tensor) => engine.read(tensor))));
      }
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[0][1][0]).not.toEqual(results[0][2][0]);
    const going = solver.solve({ ...request, nonlinear: settings[0] });
    await expect(solver.solve({ ...request, nonlinear: settings[0] })).rejects.toThrow('still solving');
    await going;
  });

  it('frees everything it took, and so does the adjoint', async () => {
    const engine = await createEngine('kernels', 'f32');
    if (!(engine instanceof KernelsEngine)) throw new Error('The kernels are the engine of this test.');
    const [rows, columns] = [500, 20];
    const net = chainOf(columns);
    const parameters = engine.createParameters(new Float64Array(net.parameterCount).fill(0.01));
    const field = engine.compile(net, parameters, 0);
    const y0 = engine.allocate(rows, columns);
    const y0Bar = engine.allocate(rows, columns);
    const options = { engine, field, method: implicitMethods.backward_euler, rows, columns };
    let settled = 0;
    for (let round = 0; round < 12; round += 1) {
      const solver = new ImplicitSolver(options);
      const adjoint = new ImplicitAdjoint(options);
      for (const nonlinear of [{ kind: 'newton' }, { kind: 'fixed_point', depth: 5 }] as const) {
        const request = { y0, t0: 0, t1: 1, dt: 0.3, maxSteps: 9, saveat: [0.4], keepStates: true, nonlinear };
        const { grid, states, outputs } = await solver.solve(request);
        const bars = { outputBars: outputs, y1Bar: y0, errorBars: null, stiffnessBars: null };
        await adjoint.pullback({ grid, states: states ?? [], ...bars, y0Bar });
      }
      solver.dispose();
      adjoint.dispose();
      if (round === 1) settled = engine.memoryBytes;
    }
    expect(engine.memoryBytes).toBe(settled);
  });
});

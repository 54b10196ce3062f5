import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImplicitAdjoint } from '../../src/adjoint/implicit.js';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { createReferenceEngine } from '../../src/engines/reference/engine.js';
import { UserError } from '../../src/errors.js';
import { activation, chain, concatTime, dense } from '../../src/models/chain.js';
import type { Interpolation } from '../../src/ode/implicit/dense-output.js';
import { implicitMethods, type ImplicitMethodName } from '../../src/ode/implicit/method.js';
import type { NonlinearSettings } from '../../src/ode/implicit/nonlinear.js';
import { ImplicitSolver } from '../../src/ode/implicit/solver.js';
import { solveDual } from './dual-chain.js';

interface Scenario {
  readonly method: ImplicitMethodName;
  readonly nonlinear: NonlinearSettings;
  readonly interpolation: Interpolation;
  readonly rows: number;
  readonly columns: number;
  readonly hidden: number;
  readonly t0: number;
  readonly t1: number;
  readonly dt: number;
  /** Output times as shares of the interval, ascending. */
  readonly saveat: readonly number[];
  readonly seed: number;
}

/** Small deterministic numbers in (−1, 1); any fixed sequence will do. */
function numbers(count: number, seed: number): Float64Array {
  let state = seed + 1;
  return Float64Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  });
}

const products = (a: ArrayLike<number>, b: ArrayLike<number>): number[] =>
  Array.from(a).map((value, k) => value * b[k]);
const total = (terms: readonly number[]): number => terms.reduce((sum, term) => sum + term, 0);

/** The derivative along one direction of loss = Σ c_m · y(t_m) + c · y1 by the adjoint, and by dual numbers. */
async function compare(scenario: Scenario, engine: Engine) {
  const { rows, columns, hidden, t0, t1, dt, nonlinear, interpolation, seed } = scenario;
  const method = implicitMethods[scenario.method];
  const net = chain(columns, [concatTime(), dense(hidden), activation('tanh'), dense(columns)]);
  const theta = numbers(net.parameterCount, seed).map((value) => 0.7 * value);
  const start = numbers(rows * columns, seed + 7);
  const parameters = engine.createParameters(theta);
  const field = engine.compile(net, parameters, 0);
  const upload = (values: Float64Array) => {
    const tensor = engine.allocate(rows, columns);
    engine.write(tensor, values);
    return tensor;
  };
  const y0 = upload(start);
  const options = { engine, field, method, rows, columns };
  const solver = new ImplicitSolver(options);
  const saveat = scenario.saveat.map((share) => t0 + share * (t1 - t0));
  const request = { y0, t0, t1, dt, nonlinear, interpolation, maxSteps: 1000, saveat, keepStates: true };
  const solution = await solver.solve(request);
  expect(solution.outcome.state).toBe('success');

  const endBar = numbers(rows * columns, seed + 13);
  const outputBars = saveat.map((_, m) => numbers(rows * columns, seed + 17 + m));
  const y0Bar = engine.allocate(rows, columns);
  const adjoint = new ImplicitAdjoint(options);
  const { grid, states } = solution;
  const pull = {
    grid,
    states: states ?? [],
    outputBars: outputBars.map(upload),
    y1Bar: upload(endBar),
    errorBars: null,
    stiffnessBars: null,
    y0Bar,
  };
  const statistics = await adjoint.pullback(pull);
  const thetaDot = numbers(theta.length, seed + 91);
  const startDot = numbers(start.length, seed + 92);
  const gradient = await engine.read(parameters.gradient);
  const startGradient = await engine.read(y0Bar);
  const terms = [...products(gradient, thetaDot), ...products(startGradient, startDot)];

  let expected = 0;
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const [from, to] = [row * columns, (row + 1) * columns];
    const { y1, outputs } = solveDual({
      chain: net,
      theta: { a: theta, b: thetaDot },
      y0: { a: start.slice(from, to), b: startDot.slice(from, to) },
      c: method.c,
      steps: grid.steps,
      depth: nonlinear.kind === 'newton' ? null : nonlinear.depth,
      outputs: grid.outputs,
      hermite: interpolation === 'hermite',
    });
    const pairs = [[y1, endBar] as const, ...outputs.map((output, m) => [output, outputBars[m]] as const)];
    for (const [{ a, b }, bar] of pairs) {
      loss += total(products(a, bar.subarray(from, to)));
      expected += total(products(b, bar.subarray(from, to)));
    }
  }
  let solved = total(products(await engine.read(solution.y1), endBar));
  for (const [m, output] of solution.outputs.entries())
    solved += total(products(await engine.read(output), outputBars[m]));
  const scale = total(terms.map(Math.abs));
  solver.dispose();
  adjoint.dispose();
  field.dispose();
  parameters.dispose();
  for (const tensor of [y0, y0Bar, pull.y1Bar, ...pull.outputBars]) engine.free(tensor);
  return { error: Math.abs(total(terms) - expected) / scale, lossError: Math.abs(solved - loss), statistics, grid };
}

const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    method: fc.constantFrom('backward_euler' as const, 'implicit_midpoint' as const),
    nonlinear: fc.oneof(
      fc.constant({ kind: 'newton', tolerance: 1e-13 } as const),
      fc.integer({ min: 1, max: 5 }).map((depth) => ({ kind: 'fixed_point', depth }) as const),
    ),
    interpolation: fc.constantFrom('hermite' as const, 'linear' as const),
    rows: fc.integer({ min: 1, max: 3 }),
    columns: fc.integer({ min: 1, max: 4 }),
    hidden: fc.integer({ min: 1, max: 5 }),
    t0: fc.constantFrom(0, -0.4, 2),
    backwards: fc.boolean(),
    dt: fc.constantFrom(0.07, 0.13, 0.2),
    saveat: fc.array(fc.constantFrom(0, 0.1, 0.2, 0.25, 0.4, 0.55, 0.7, 0.99, 1), { maxLength: 4 }),
    seed: fc.integer({ min: 0, max: 100_000 }),
  })
  .map(({ backwards, saveat, t0, ...rest }) => ({
    ...rest,
    t0,
    t1: backwards ? t0 - 0.6 : t0 + 0.6,
    saveat: saveat.toSorted((a, b) => a - b),
  }));

describe('The adjoint of implicit steps', () => {
  it('is exact for every method, nonlinear solver, interpolation, set of output times and direction of time', async () => {
    const engine = createReferenceEngine();
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const { error, lossError } = await compare(scenario, engine);
        expect(lossError).toBeLessThan(1e-11);
        expect(error).toBeLessThan(1e-11);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['f64', 1e-11, 40],
    ['f32', 1e-4, 40],
  ] as const)('agrees on the kernels in %s within %d', async (dtype, tolerance, numRuns) => {
    const engine = await createEngine('kernels', dtype);
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const rounded = dtype === 'f32' && scenario.nonlinear.kind === 'newton';
        const nonlinear = rounded ? ({ kind: 'newton' } as const) : scenario.nonlinear;
        const { error } = await compare({ ...scenario, nonlinear }, engine);
        expect(error).toBeLessThan(tolerance);
      }),
      { numRuns },
    );
  });

  it('is exact where a stiff step is far beyond what a fixed point could solve', async () => {
    // y' = w y with w = −1e4: y1 = R(h w)^n y0 in closed form, one parameter.
    const engine = createReferenceEngine();
    const [w, h, n] = [-1e4, 0.5, 3];
    const parameters = engine.createParameters([w]);
    const field = engine.compile(chain(1, [dense(1, { bias: false })]), parameters, 0);
    const y0 = engine.allocate(1, 1);
    engine.write(y0, [2]);
    for (const method of Object.values(implicitMethods)) {
      const options = { engine, field, method, rows: 1, columns: 1 };
      const nonlinear = { kind: 'newton', tolerance: 1e-13 } as const;
      const request = { y0, t0: 0, t1: n * h, dt: h, nonlinear, maxSteps: 9, saveat: [], keepStates: true };
      const { grid, states } = await new ImplicitSolver(options).solve(request);
      const y1Bar = engine.allocate(1, 1);
      engine.write(y1Bar, [1]);
      const y0Bar = engine.allocate(1, 1);
      engine.fill(parameters.gradient, 0);
      const estimates = { errorBars: null, stiffnessBars: null };
      await new ImplicitAdjoint(options).pullback({
        grid,
        states: states ?? [],
        outputBars: [],
        y1Bar,
        y0Bar,
        ...estimates,
      });
      const z = h * w;
      const factor = method.c === 1 ? 1 / (1 - z) : (1 + z / 2) / (1 - z / 2);
      const slope = method.c === 1 ? h / (1 - z) ** 2 : h / (1 - z / 2) ** 2;
      expect((await engine.read(y0Bar))[0] / factor ** n).toBeCloseTo(1, 10);
      expect((await engine.read(parameters.gradient))[0] / (2 * n * factor ** (n - 1) * slope)).toBeCloseTo(1, 9);
    }
  });

  it.each(Object.values(implicitMethods))(
    'agrees with differences of whole solves where the step matrix is far from 1: $name',
    async (method) => {
      const engine = createReferenceEngine();
      const [rows, columns, hidden] = [3, 4, 6];
      const net = chain(columns, [concatTime(), dense(hidden), activation('tanh'), dense(columns)]);
      const theta = numbers(net.parameterCount, 5);
      // f = −40 Wᵀ tanh(W y + …): stiff, and every step has one solution.
      const above = (columns + 1) * hidden + hidden;
      for (let o = 0; o < columns; o += 1) {
        for (let i = 0; i < hidden; i += 1) theta[above + o * hidden + i] = -40 * theta[i * (columns + 1) + o];
      }
      const parameters = engine.createParameters(theta);
      const field = engine.compile(net, parameters, 0);
      const y0 = engine.allocate(rows, columns);
      engine.write(y0, numbers(rows * columns, 6));
      const bar = numbers(rows * columns, 7);
      const y1Bar = engine.allocate(rows, columns);
      engine.write(y1Bar, bar);
      const options = { engine, field, method, rows, columns };
      const solver = new ImplicitSolver(options);
      const nonlinear = { kind: 'newton', tolerance: 1e-14 } as const;
      const request = { y0, t0: 0, t1: 1, dt: 0.25, nonlinear, maxSteps: 9, saveat: [0.4], keepStates: true };
      const direction = numbers(theta.length, 8);
      const loss = async (shift: number) => {
        engine.writeParameters(
          parameters,
          theta.map((value, k) => value + shift * direction[k]),
        );
        const { y1, outputs, outcome } = await solver.solve(request);
        expect(outcome.state).toBe('success');
        const output = await engine.read(outputs[0]);
        return total(products(await engine.read(y1), bar)) + total(products(output, bar));
      };
      const central = async (shift: number) => ((await loss(shift)) - (await loss(-shift))) / (2 * shift);
      const [d1, d2, d3] = [await central(4e-4), await central(2e-4), await central(1e-4)];
      const richardson = (first: number, second: number, power: number) => second + (second - first) / (2 ** power - 1);
      const difference = richardson(richardson(d1, d2, 2), richardson(d2, d3, 2), 4);

      await loss(0);
      const { grid, states } = await solver.solve(request);
      const estimates = { errorBars: null, stiffnessBars: null };
      const y0Bar = engine.allocate(rows, columns);
      const pull = { grid, states: states ?? [], outputBars: [y1Bar], y1Bar, y0Bar, ...estimates };
      const statistics = await new ImplicitAdjoint(options).pullback(pull);
      const gradient = total(products(await engine.read(parameters.gradient), direction));
      expect(Math.abs(gradient - difference) / Math.abs(difference)).toBeLessThan(1e-8);
      expect(statistics.linearResidual).toBeGreaterThan(0);
      expect(statistics.linearResidual).toBeLessThan(1e-12);
      // One evaluation and one pullback a step beside those of the Hermite output's two slopes.
      expect([statistics.evaluations, statistics.pullbacks]).toEqual([4 + 2, 4 + 2]);
      // Each row's system has 4 unknowns: no step needs more than 4 products.
      expect(statistics.linearIterations).toBeLessThanOrEqual(4 * 4);
    },
  );

  it('gives the same bits on an engine that has to be waited for', async () => {
    const engine = createReferenceEngine();
    const waiting = new Proxy(engine, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        const late = name === 'read' || name === 'dot' || name === 'rmsDifference';
        return (...given: unknown[]): unknown => {
          const result: unknown = Reflect.apply(member, target, given);
          return late ? Promise.resolve(result) : result;
        };
      },
    });
    const scenario = {
      method: 'implicit_midpoint',
      interpolation: 'hermite',
      rows: 2,
      columns: 3,
      hidden: 4,
      t0: 0,
      t1: 1,
      dt: 0.2,
      saveat: [0.3],
      seed: 3,
    } as const;
    for (const nonlinear of [{ kind: 'newton' }, { kind: 'fixed_point', depth: 3 }] as const) {
      const late = await compare({ ...scenario, nonlinear }, waiting);
      expect(late).toEqual(await compare({ ...scenario, nonlinear }, engine));
    }
  });

  it('counts what the reverse of an unrolled step costs: its L calls of f and as many pullbacks', async () => {
    const { statistics, grid } = await compare(
      {
        method: 'backward_euler',
        nonlinear: { kind: 'fixed_point', depth: 4 },
        interpolation: 'linear',
        rows: 1,
        columns: 2,
        hidden: 3,
        t0: 0,
        t1: 0.5,
        dt: 0.1,
        saveat: [0.35],
        seed: 1,
      },
      createReferenceEngine(),
    );
    expect(grid.steps).toHaveLength(5);
    expect(statistics).toEqual({ evaluations: 20, pullbacks: 20, linearIterations: 0, linearResidual: 0 });
  });

  it('hands the cotangents through where there is no step', async () => {
    const engine = createReferenceEngine();
    const parameters = engine.createParameters([1]);
    const field = engine.compile(chain(1, [dense(1, { bias: false })]), parameters, 0);
    const options = { engine, field, method: implicitMethods.backward_euler, rows: 1, columns: 1 };
    const y0 = engine.allocate(1, 1);
    const one = engine.allocate(1, 1);
    engine.write(one, [1]);
    const request = { y0, t0: 2, t1: 2, dt: 1, nonlinear: { kind: 'newton' }, maxSteps: 9, saveat: [2] } as const;
    const { grid, states } = await new ImplicitSolver(options).solve({ ...request, keepStates: true });
    const y0Bar = engine.allocate(1, 1);
    const pull = { grid, states: states ?? [], outputBars: [one], y1Bar: one, y0Bar };
    const adjoint = new ImplicitAdjoint(options);
    await adjoint.pullback({ ...pull, errorBars: null, stiffnessBars: null });
    expect([(await engine.read(y0Bar))[0], (await engine.read(parameters.gradient))[0]]).toEqual([2, 0]);
  });

  it('refuses cotangents of estimates that these methods do not have, and parts that do not fit', async () => {
    const engine = createReferenceEngine();
    const parameters = engine.createParameters([-1]);
    const field = engine.compile(chain(1, [dense(1, { bias: false })]), parameters, 0);
    const options = { engine, field, method: implicitMethods.backward_euler, rows: 1, columns: 1 };
    const y0 = engine.allocate(1, 1);
    const request = { y0, t0: 0, t1: 1, dt: 0.5, nonlinear: { kind: 'newton' }, maxSteps: 9, saveat: [] } as const;
    const { grid, states } = await new ImplicitSolver(options).solve({ ...request, keepStates: true });
    const plain = { grid, states: states ?? [], outputBars: [], y1Bar: null, errorBars: null, stiffnessBars: null };
    const adjoint = new ImplicitAdjoint(options);
    const y0Bar = engine.allocate(1, 1);
    const bars = Float64Array.of(1, 1);
    await expect(adjoint.pullback({ ...plain, y0Bar, errorBars: bars })).rejects.toThrow(UserError);
    await expect(adjoint.pullback({ ...plain, y0Bar, stiffnessBars: bars })).rejects.toThrow('backward_euler');
    await expect(adjoint.pullback({ ...plain, y0Bar, states: [] })).rejects.toThrow('3 states');
    await expect(adjoint.pullback({ ...plain, y0Bar, outputBars: [y0] })).rejects.toThrow('0 outputBars');
  });
});

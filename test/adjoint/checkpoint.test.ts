import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointAdjoint } from '../../src/adjoint/checkpoint.js';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import type { Chain } from '../../src/engines/layer.js';
import { activation, chain, concatTime, dense, power } from '../../src/models/chain.js';
import { Solver } from '../../src/ode/solver.js';
import type { StiffnessNorm } from '../../src/ode/stiffness.js';
import type { Tableau } from '../../src/ode/tableau.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { errorRegularizer } from '../../src/regularizers/error.js';
import type { AggregationSettings } from '../../src/regularizers/aggregation.js';
import { stiffnessRegularizer } from '../../src/regularizers/stiffness.js';
import { replay } from './frozen-grid.js';

interface Scenario {
  readonly tableau: Tableau;
  readonly chain: Chain;
  readonly rows: number;
  readonly saveat: readonly number[];
  readonly t1: number;
  readonly aggregation: AggregationSettings;
  readonly errorWeight: number;
  readonly stiffnessWeight: number;
  readonly stiffnessNorm?: StiffnessNorm;
  readonly seed: number;
  /** Let the difference quotient's solves adapt their steps anew; default: they replay the grid. */
  readonly adapt?: boolean;
}

/** Small deterministic numbers in (−1, 1); any fixed sequence will do. */
function numbers(count: number, seed: number): Float64Array {
  let state = seed + 1;
  return Float64Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  });
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, k) => sum + value * b[k], 0);

/** Gradient by the adjoint along one direction, and by Richardson-extrapolated central differences. */
async function directionalDerivatives(scenario: Scenario, engine: Engine) {
  const { rows, saveat, t1, errorWeight, stiffnessWeight, seed } = scenario;
  const tolerances = { atol: 1e-3, rtol: 1e-3 };
  const { tableau } = scenario;
  const columns = scenario.chain.inputs;
  const theta = numbers(scenario.chain.parameterCount, seed);
  const start = numbers(rows * columns, seed + 7).map((value) => 1.5 * value);
  const parameters = engine.createParameters(theta);
  const field = engine.compile(scenario.chain, parameters, 0);
  const y0 = engine.allocate(rows, columns);
  engine.write(y0, start);

  const solver = new Solver({ engine, field, tableau, rows, columns });
  const request = {
    ...tolerances,
    y0,
    t0: 0,
    t1,
    saveat,
    controller: 'integral',
    maxSteps: 1000,
    keepStates: true,
    stiffness: scenario.stiffnessNorm ?? 'rms',
  } as const;
  const solution = await solver.solve(request);
  expect(solution.outcome.state).toBe('success');
  const { grid } = solution;
  const states = solution.states ?? [];
  const error = errorRegularizer(scenario.aggregation);
  const stiffness = stiffnessRegularizer({ ...scenario.aggregation, stabilitySize: 3 });

  // loss = Σ_m c_m · y(t_m) + c · y1 + λ_E R_E + λ_S R_S with fixed random c.
  const endBar = numbers(rows * columns, seed + 13);
  const outputBars = saveat.map((_, m) => numbers(rows * columns, seed + 17 + m));
  const problem = { engine, field, tableau, grid, ...tolerances, stiffness: scenario.stiffnessNorm ?? 'rms' };
  const adapted = async () => {
    const { grid: fresh, y1 } = await solver.solve({ ...request, keepStates: false });
    return { y1: await engine.read(y1), outputs: [], steps: fresh.steps };
  };
  const loss = async (shift: number, direction: { theta: Float64Array; start: Float64Array }): Promise<number> => {
    engine.writeParameters(
      parameters,
      theta.map((value, k) => value + shift * direction.theta[k]),
    );
    engine.write(
      y0,
      start.map((value, k) => value + shift * direction.start[k]),
    );
    const { y1, outputs, steps } = scenario.adapt === true ? await adapted() : await replay(problem, y0);
    const data = outputs.reduce((sum, output, m) => sum + dot(output, outputBars[m]), dot(y1, endBar));
    const penalty = errorWeight * error.evaluate(steps).value + stiffnessWeight * stiffness.evaluate(steps).value;
    return data + penalty;
  };

  const upload = (values: Float64Array) => {
    const tensor = engine.allocate(rows, columns);
    engine.write(tensor, values);
    return tensor;
  };
  const y0Bar = engine.allocate(rows, columns);
  engine.fill(parameters.gradient, 0);
  const adjoint = new CheckpointAdjoint({ engine, field, tableau, rows, columns });
  adjoint.pullback({
    grid,
    states,
    ...tolerances,
    outputBars: outputBars.map(upload),
    y1Bar: upload(endBar),
    errorBars: errorWeight === 0 ? null : error.evaluate(grid.steps).sensitivities.map((s) => errorWeight * s),
    stiffnessBars:
      stiffnessWeight === 0 ? null : stiffness.evaluate(grid.steps).sensitivities.map((s) => stiffnessWeight * s),
    y0Bar,
  });
  const direction = { theta: numbers(theta.length, seed + 91), start: numbers(start.length, seed + 92) };
  const gradient = await engine.read(parameters.gradient);
  const stateGradient = await engine.read(y0Bar);
  const adjointValue = dot(gradient, direction.theta) + dot(stateGradient, direction.start);

  const central = async (h: number) => ((await loss(h, direction)) - (await loss(-h, direction))) / (2 * h);
  // Two Richardson steps on central differences: truncation O(h⁶).
  const smallest = 1e-5;
  const [d1, d2, d4] = [await central(4 * smallest), await central(2 * smallest), await central(smallest)];
  const [e1, e2] = [(4 * d2 - d1) / 3, (4 * d4 - d2) / 3];
  const size = Math.hypot(...gradient, ...stateGradient) * Math.hypot(...direction.theta, ...direction.start);
  // What rounding of g_s − g_{s−1} does to a difference quotient of S: the noise of the reference, not of the adjoint.
  const roundings = grid.steps.map(({ h, stiffness: estimate }) =>
    estimate === null || estimate.stateDifference === 0
      ? 0
      : (Math.max(1, Math.abs(h)) * Number.EPSILON * Math.max(1, estimate.value)) / Math.abs(estimate.stateDifference),
  );
  const noise = (stiffnessWeight * roundings.reduce((sum, rounding) => sum + rounding, 0)) / smallest;
  return { adjoint: adjointValue, difference: (16 * e2 - e1) / 15, size, noise, steps: grid.steps.length };
}

const nets: readonly Chain[] = [
  chain(2, [power(3), dense(6), activation('tanh'), dense(2)]),
  chain(3, [concatTime(), dense(5), activation('tanh'), concatTime(), dense(3), activation('tanh')]),
  chain(1, [concatTime(), dense(4), activation('sigmoid'), dense(1)]),
];

const { tsit5, dopri5_classic, dopri5_shampine, bosh3, heun21, rkf45 } = tableaux;
const pairs = [tsit5, dopri5_classic, dopri5_shampine, bosh3, heun21, rkf45];

const scenarios = fc.record({
  tableau: fc.constantFrom(...pairs),
  chain: fc.constantFrom(...nets),
  rows: fc.integer({ min: 1, max: 3 }),
  saveat: fc.constantFrom([], [0, 0.31, 0.77, 1.2], [1.2], [0.1, 0.11, 0.12, 0.13, 0.5]),
  t1: fc.constantFrom(1.2, -1.2),
  aggregation: fc.record({
    aggregate: fc.constantFrom('sum' as const, 'mean' as const, 'max' as const),
    weightByStep: fc.boolean(),
    square: fc.boolean(),
    countInitialCallback: fc.boolean(),
  }),
  errorWeight: fc.constantFrom(0, 0.5),
  stiffnessWeight: fc.constantFrom(0, 0.25),
  stiffnessNorm: fc.constant('rms' as const),
  seed: fc.integer({ min: 0, max: 10_000 }),
});

describe('The checkpoint adjoint', () => {
  it.each([1, 2, 3, 4])(
    'is the derivative on the frozen grid, for every pair, net, output time, regulariser and direction of time (%d)',
    async (seed) => {
      const engine = await createEngine('reference', 'f64');
      await fc.assert(
        fc.asyncProperty(scenarios, async (drawn) => {
          const saveat = drawn.saveat.map((time) => (drawn.t1 < 0 ? -time : time));
          const { adjoint, difference, size, noise } = await directionalDerivatives({ ...drawn, saveat }, engine);
          expect(Math.abs(adjoint - difference)).toBeLessThan(1e-7 * Math.max(size, 1e-3) + noise);
          // The comparison means something: noise does not swallow it but for estimates that are noise themselves.
          fc.pre(noise < 1e-2 * Math.max(size, 1));
        }),
        { numRuns: 100, seed },
      );
    },
  );

  const scenario: Scenario = {
    tableau: tableaux.tsit5,
    chain: nets[0],
    rows: 2,
    saveat: [],
    t1: 1.2,
    aggregation: { aggregate: 'sum', weightByStep: true, square: false, countInitialCallback: false },
    errorWeight: 10,
    stiffnessWeight: 0,
    seed: 3,
  };

  it('sees R_E: its weight changes the gradient', async () => {
    const engine = await createEngine('reference', 'f64');
    const weighted = await directionalDerivatives(scenario, engine);
    const plain = await directionalDerivatives({ ...scenario, errorWeight: 0 }, engine);
    expect(Math.abs(weighted.adjoint - plain.adjoint)).toBeGreaterThan(1e-3 * Math.abs(plain.adjoint));
  });

  it('freezes the grid: a difference of solves that adapt anew is another number', async () => {
    const engine = await createEngine('reference', 'f64');
    const frozen = await directionalDerivatives(scenario, engine);
    const adapted = await directionalDerivatives({ ...scenario, adapt: true }, engine);
    expect(Math.abs(frozen.adjoint - frozen.difference)).toBeLessThan(1e-7 * frozen.size);
    expect(adapted.adjoint).toBe(frozen.adjoint);
    expect(Math.abs(adapted.adjoint - adapted.difference)).toBeGreaterThan(1e-3 * frozen.size);
  });

  it('refuses what does not belong to one solve', async () => {
    const engine = await createEngine('reference', 'f64');
    const field = engine.compile(nets[0], engine.createParameters(numbers(nets[0].parameterCount, 5)), 0);
    const options = { engine, field, tableau: tableaux.tsit5, rows: 1, columns: 2 };
    const y0 = engine.allocate(1, 2);
    engine.write(y0, [1, -0.5]);
    const tolerances = { atol: 1e-4, rtol: 1e-4 };
    const { grid, states } = await new Solver(options).solve({
      ...tolerances,
      y0,
      t0: 0,
      t1: 1,
      saveat: [0.5],
      controller: 'pi',
      maxSteps: 100,
      keepStates: true,
      stiffness: null,
    });
    const adjoint = new CheckpointAdjoint(options);
    const request = {
      ...tolerances,
      grid,
      states: states ?? [],
      outputBars: [y0],
      y1Bar: null,
      errorBars: null,
      stiffnessBars: null,
      y0Bar: engine.allocate(1, 2),
    };
    expect(() => adjoint.pullback(request)).not.toThrow();
    expect(() => adjoint.pullback({ ...request, states: [] })).toThrow('states for this grid, not 0');
    expect(() => adjoint.pullback({ ...request, outputBars: [] })).toThrow('1 outputBars for this grid, not 0');
    expect(() => adjoint.pullback({ ...request, errorBars: new Float64Array(1) })).toThrow('errorBars');
    expect(() => adjoint.pullback({ ...request, stiffnessBars: new Float64Array(grid.steps.length) })).toThrow(
      'not asked for them',
    );
  });

  it('repeats 6 evaluations and 6 pullbacks a Tsit5 step, plus those of the two ends', async () => {
    const engine = await createEngine('reference', 'f64');
    const net = nets[0];
    const field = engine.compile(net, engine.createParameters(numbers(net.parameterCount, 5)), 0);
    const options = { engine, field, tableau: tableaux.tsit5, rows: 1, columns: 2 };
    const y0 = engine.allocate(1, 2);
    engine.write(y0, [1, -0.5]);
    const request = { atol: 1e-6, rtol: 1e-6, controller: 'integral', maxSteps: 1000 } as const;
    const { grid, states } = await new Solver(options).solve({
      ...request,
      y0,
      t0: 0,
      t1: 1,
      saveat: [],
      keepStates: true,
      stiffness: null,
    });
    const n = grid.steps.length;
    const statistics = new CheckpointAdjoint(options).pullback({
      grid,
      states: states ?? [],
      ...request,
      outputBars: [],
      y1Bar: y0,
      errorBars: null,
      stiffnessBars: null,
      y0Bar: engine.allocate(1, 2),
    });
    // With nothing on the last stage, the last step neither evaluates nor pulls it back.
    expect(statistics).toEqual({ evaluations: 6 * n, pullbacks: 6 * n });
  });
});

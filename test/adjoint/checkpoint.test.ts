import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointAdjoint } from '../../src/adjoint/checkpoint.js';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import type { Chain } from '../../src/engines/layer.js';
import { activation, chain, concatTime, dense, power } from '../../src/models/chain.js';
import { Solver } from '../../src/ode/solver.js';
import { solverNames, tableaux, type SolverName } from '../../src/ode/tableaux/index.js';
import { errorRegularizer } from '../../src/regularizers/error.js';
import type { AggregationSettings } from '../../src/regularizers/regularizer.js';
import { stiffnessRegularizer } from '../../src/regularizers/stiffness.js';
import { replay } from './frozen-grid.js';

interface Scenario {
  readonly solver: SolverName;
  readonly chain: Chain;
  readonly rows: number;
  readonly saveat: readonly number[];
  readonly t1: number;
  readonly aggregation: AggregationSettings;
  readonly errorWeight: number;
  readonly stiffnessWeight: number;
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

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, k) => sum + value * b[k], 0);

/** Gradient by the adjoint along one direction, and by Richardson-extrapolated central differences. */
async function directionalDerivatives(scenario: Scenario, engine: Engine) {
  const { rows, saveat, t1, errorWeight, stiffnessWeight, seed } = scenario;
  const tolerances = { atol: 1e-3, rtol: 1e-3 };
  const tableau = tableaux[scenario.solver];
  const columns = scenario.chain.inputs;
  const theta = numbers(scenario.chain.parameterCount, seed);
  const start = numbers(rows * columns, seed + 7).map((value) => 1.5 * value);
  const parameters = engine.createParameters(theta);
  const field = engine.compile(scenario.chain, parameters, 0);
  const y0 = engine.allocate(rows, columns);
  engine.write(y0, start);

  const solver = new Solver({ engine, field, tableau, rows, columns });
  const solution = await solver.solve({
    ...tolerances,
    y0,
    t0: 0,
    t1,
    saveat,
    controller: 'integral',
    maxSteps: 1000,
    record: true,
    stiffness: true,
  });
  expect(solution.outcome.state).toBe('success');
  const { grid } = solution;
  const error = errorRegularizer(scenario.aggregation);
  const stiffness = stiffnessRegularizer({ ...scenario.aggregation, stabilitySize: 3 });

  // loss = Σ_m c_m · y(t_m) + c · y1 + λ_E R_E + λ_S R_S with fixed random c.
  const endBar = numbers(rows * columns, seed + 13);
  const outputBars = saveat.map((_, m) => numbers(rows * columns, seed + 17 + m));
  const problem = { engine, field, tableau, grid, ...tolerances };
  const loss = async (shift: number, direction: { theta: Float64Array; start: Float64Array }): Promise<number> => {
    engine.writeParameters(
      parameters,
      theta.map((value, k) => value + shift * direction.theta[k]),
    );
    engine.write(
      y0,
      start.map((value, k) => value + shift * direction.start[k]),
    );
    const { y1, outputs, steps } = await replay(problem, y0);
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
  const [d1, d2, d4] = [await central(2e-4), await central(1e-4), await central(5e-5)];
  const [e1, e2] = [(4 * d2 - d1) / 3, (4 * d4 - d2) / 3];
  const size = Math.hypot(...gradient, ...stateGradient) * Math.hypot(...direction.theta, ...direction.start);
  return { adjoint: adjointValue, difference: (16 * e2 - e1) / 15, size, steps: grid.steps.length };
}

const nets: readonly Chain[] = [
  chain(2, [power(3), dense(6), activation('tanh'), dense(2)]),
  chain(3, [concatTime(), dense(5), activation('tanh'), concatTime(), dense(3), activation('tanh')]),
  chain(1, [concatTime(), dense(4), activation('sigmoid'), dense(1)]),
];

const scenarios = fc.record({
  solver: fc.constantFrom(...solverNames),
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
  seed: fc.integer({ min: 0, max: 10_000 }),
});

describe('The checkpoint adjoint', () => {
  it('is the derivative on the frozen grid, for every pair, net, output time, regulariser and direction of time', async () => {
    const engine = await createEngine('reference', 'f64');
    await fc.assert(
      fc.asyncProperty(scenarios, async (drawn) => {
        const saveat = drawn.saveat.map((time) => (drawn.t1 < 0 ? -time : time));
        const { adjoint, difference, size } = await directionalDerivatives({ ...drawn, saveat }, engine);
        expect(Math.abs(adjoint - difference)).toBeLessThan(1e-7 * Math.max(size, 1e-3));
      }),
      { numRuns: 60, seed: 20211105 },
    );
  });

  it('differs from a re-adapted finite difference where the regulariser is large: the grid is frozen', async () => {
    const engine = await createEngine('reference', 'f64');
    const base: Scenario = {
      solver: 'tsit5',
      chain: nets[0],
      rows: 2,
      saveat: [],
      t1: 1.2,
      aggregation: { aggregate: 'sum', weightByStep: true, square: false, countInitialCallback: false },
      errorWeight: 10,
      stiffnessWeight: 0,
      seed: 3,
    };
    const weighted = await directionalDerivatives(base, engine);
    const plain = await directionalDerivatives({ ...base, errorWeight: 0 }, engine);
    // R_E contributes at all: the test above cannot pass by ignoring it.
    expect(Math.abs(weighted.adjoint - plain.adjoint)).toBeGreaterThan(1e-3 * Math.abs(plain.adjoint));
  });

  it('repeats 6 evaluations and 6 pullbacks a Tsit5 step, plus those of the two ends', async () => {
    const engine = await createEngine('reference', 'f64');
    const net = nets[0];
    const field = engine.compile(net, engine.createParameters(numbers(net.parameterCount, 5)), 0);
    const options = { engine, field, tableau: tableaux.tsit5, rows: 1, columns: 2 };
    const y0 = engine.allocate(1, 2);
    engine.write(y0, [1, -0.5]);
    const request = { atol: 1e-6, rtol: 1e-6, controller: 'integral', maxSteps: 1000 } as const;
    const { grid } = await new Solver(options).solve({
      ...request,
      y0,
      t0: 0,
      t1: 1,
      saveat: [],
      record: true,
      stiffness: false,
    });
    const n = grid.steps.length;
    const statistics = new CheckpointAdjoint(options).pullback({
      grid,
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

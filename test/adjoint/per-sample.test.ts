import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointAdjoint } from '../../src/adjoint/checkpoint.js';
import { PerSampleAdjoint } from '../../src/adjoint/per-sample.js';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { activation, chain, concatTime, dense, power } from '../../src/models/chain.js';
import { PerSampleSolver } from '../../src/ode/per-sample.js';
import { Solver } from '../../src/ode/solver.js';
import { Stepper } from '../../src/ode/step.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { noise, tensorOf } from '../engines/tensors.js';
import { plainly } from '../ode/problems.js';
import { derivative, dot } from '../regularizers/nets.js';

const net = chain(3, [power(3), concatTime(), dense(6), activation('tanh'), dense(3)]);
const theta = noise(1, net.parameterCount, 2);
const request = {
  ...plainly,
  rtol: 1e-3,
  atol: 1e-3,
  t1: 2,
  saveat: [0.3, 2],
  keepStates: true,
  stiffness: 'rms',
} as const;

function set(engine: Engine, values = theta) {
  const parameters = engine.createParameters(values);
  return {
    parameters,
    options: { engine, field: engine.compile(net, parameters, 0), tableau: tableaux.tsit5, columns: 3 },
  };
}

/** Fixed cotangents of a batch of so many rows with such grids. */
function cotangentsOf(engine: Engine, rows: number, steps: readonly number[]) {
  const bar = (seed: number) => noise(seed, 3 * rows, 1);
  return {
    atol: request.atol,
    rtol: request.rtol,
    outputs: [bar(5), bar(6)],
    y1: bar(7),
    errorBars: steps.map((count, row) => noise(10 + row, count, 0.25)),
    stiffnessBars: steps.map((count, row) => noise(30 + row, count, 1 / 64)),
    tensors: () => ({
      outputBars: [5, 6].map((seed) => tensorOf(engine, rows, 3, bar(seed))),
      y1Bar: tensorOf(engine, rows, 3, bar(7)),
      y0Bar: engine.allocate(rows, 3),
    }),
  };
}

describe.each([await createEngine('reference', 'f64'), await createEngine('kernels', 'f32')])(
  'The adjoint of per-sample stepping on $name',
  (engine) => {
    it('gives each row the bits of its own adjoint, and their sum to the parameters', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.nat(1000), async (rows, seed) => {
          const start = noise(seed, 3 * rows, 2);
          const { parameters, options } = set(engine);
          const solver = new PerSampleSolver({ ...options, rows });
          const solution = await solver.solve({ ...request, y0: tensorOf(engine, rows, 3, start) });
          const given = cotangentsOf(
            engine,
            rows,
            solution.rows.map(({ grid }) => grid.steps.length),
          );
          const { atol, rtol, errorBars, stiffnessBars } = given;
          const { y0Bar, ...bars } = given.tensors();
          const adjoint = new PerSampleAdjoint({ ...options, rows });
          const result = adjoint.pullback(solution.rows, { atol, rtol, ...bars, errorBars, stiffnessBars, y0Bar });
          const starts = [...(await engine.read(y0Bar))];

          const alone = set(engine);
          const single = { ...alone.options, rows: 1 };
          const counts: number[] = [];
          for (let row = 0; row < rows; row += 1) {
            const own = (values: Float64Array) => tensorOf(engine, 1, 3, values.subarray(3 * row, 3 * row + 3));
            const { grid, states } = await new Solver(single).solve({ ...request, y0: own(start) });
            const ownBar = engine.allocate(1, 3);
            const { evaluations } = new CheckpointAdjoint(single).pullback({
              atol,
              rtol,
              grid,
              states: states ?? [],
              outputBars: given.outputs.map(own),
              y1Bar: own(given.y1),
              errorBars: errorBars[row],
              stiffnessBars: stiffnessBars[row],
              y0Bar: ownBar,
            });
            counts.push(evaluations);
            expect(starts.slice(3 * row, 3 * row + 3)).toEqual([...(await engine.read(ownBar))]);
          }
          expect(await engine.read(parameters.gradient)).toEqual(await engine.read(alone.parameters.gradient));
          expect(result.evaluations).toBeCloseTo(counts.reduce((sum, count) => sum + count, 0) / rows, 12);
          solver.dispose();
          adjoint.dispose();
        }),
        { numRuns: 10 },
      );
    });

    it('refuses rows without states, rows that stopped, and cotangents of other rows', async () => {
      const { options } = set(engine);
      const solver = new PerSampleSolver({ ...options, rows: 2 });
      const adjoint = new PerSampleAdjoint({ ...options, rows: 2 });
      const y0 = tensorOf(engine, 2, 3, noise(3, 6, 2));
      const bars = { atol: 1, rtol: 1, outputBars: [], y1Bar: null, errorBars: null, stiffnessBars: null };
      const cotangents = { ...bars, y0Bar: engine.allocate(2, 3) };
      const plain = { ...request, saveat: [], y0 };
      const bare = await solver.solve({ ...plain, keepStates: false });
      expect(() => adjoint.pullback(bare.rows, cotangents)).toThrow('without keeping its states');
      const stopped = await solver.solve({ ...plain, maxSteps: 1 });
      expect(() => adjoint.pullback(stopped.rows, cotangents)).toThrow('max_steps cannot be pulled back');
      const { rows } = await solver.solve(plain);
      expect(() => adjoint.pullback(rows.slice(1), cotangents)).toThrow('The adjoint of 2 rows');
      const errorBars = [new Float64Array(rows[0].grid.steps.length)];
      expect(() => adjoint.pullback(rows, { ...cotangents, errorBars })).toThrow('The adjoint of 2 rows');
    });
  },
);

it('The gradient through adapted steps is the derivative on the frozen grids of all rows', async () => {
  const engine = await createEngine('reference', 'f64');
  const start = noise(8, 9, 2);
  const plain = { ...request, saveat: [] };
  const { parameters, options } = set(engine);
  const solver = new PerSampleSolver({ ...options, rows: 3 });
  const { rows } = await solver.solve({ ...plain, y0: tensorOf(engine, 3, 3, start) });
  expect(new Set(rows.map(({ grid }) => grid.steps.length)).size).toBeGreaterThan(1);
  const { atol, rtol, y1, errorBars, tensors } = cotangentsOf(
    engine,
    3,
    rows.map(({ grid }) => grid.steps.length),
  );
  const { y1Bar, y0Bar } = tensors();
  const cotangents = { atol, rtol, outputBars: [], y1Bar, y0Bar, errorBars, stiffnessBars: null };
  new PerSampleAdjoint({ ...options, rows: 3 }).pullback(rows, cotangents);
  const direction = { theta: noise(20, theta.length, 1), start: noise(21, 9, 1) };

  /** Σ ȳ1 · y1 + Σ Ē_j E_j on the same grids, from parameters and states moved along the direction. */
  const along = async (shift: number) => {
    const moved = (values: Float64Array, by: Float64Array) => values.map((value, k) => value + shift * by[k]);
    const shape = { ...set(engine, moved(theta, direction.theta)).options, rows: 1 };
    const stepper = new Stepper(shape, { keepStates: false });
    const from = moved(start, direction.start);
    let loss = 0;
    for (const [row, { grid }] of rows.entries()) {
      let [y, end] = [tensorOf(engine, 1, 3, from.subarray(3 * row, 3 * row + 3)), engine.allocate(1, 3)];
      for (const [j, { t, h }] of grid.steps.entries()) {
        stepper.evaluateFirst(t, y);
        const error = await stepper.attempt(t, h, y, end, request);
        if (error !== null) loss += errorBars[row][j] * error;
        [y, end] = [end, y];
      }
      loss += dot(await engine.read(y), y1.subarray(3 * row, 3 * row + 3));
    }
    return loss;
  };
  const gradient = await engine.read(parameters.gradient);
  const slope = dot(gradient, direction.theta) + dot(await engine.read(y0Bar), direction.start);
  expect(Math.abs(slope - (await derivative(along, 1e-6)))).toBeLessThan(1e-8 * Math.hypot(...gradient));
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteadyStateAdjoint } from '../../src/adjoint/steady-state.js';
import type { Engine, Tensor } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { activation, chain, concatTime, dense } from '../../src/models/chain.js';
import { SteadyStateSolver } from '../../src/ode/steady-state.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { dot, numbers } from './numbers.js';

const hidden = 5;
const net = chain(2, [concatTime(), dense(hidden), activation('tanh'), dense(2)]);
const time = 0.3;

/**
 * f(y) = −Vᵀ tanh(V y + v t + b) + small, for a V that stretches: it runs down a convex bowl, so it contracts. The
 * small part turns, so that f_y is not symmetric.
 */
function contracting(seed: number): Float64Array {
  const values = numbers(net.parameterCount, seed);
  for (let i = 0; i < hidden; i += 1) {
    values[3 * i + (i % 2)] += 2;
    for (let column = 0; column < 2; column += 1) {
      const place = 4 * hidden + column * hidden + i;
      values[place] = -values[3 * i + column] + 0.2 * values[place];
    }
  }
  return values;
}

/** y* from start with these parameters. */
async function setUp(engine: Engine, rows: number, seed: number, tableau = tableaux.tsit5) {
  const parameters = engine.createParameters(contracting(seed));
  const field = engine.compile(net, parameters, 0);
  const options = { engine, field, tableau, rows, columns: 2 };
  const y0 = upload(engine, rows, numbers(2 * rows, seed + 3));
  const solver = new SteadyStateSolver(options, time);
  const tolerance = engine.dtype === 'f32' ? 1e-4 : 1e-6;
  const solve = (polish: number) =>
    solver.solve({ y0, atol: tolerance, rtol: tolerance, controller: 'pi', maxSteps: 5000, polish });
  const solution = await solve(0);
  return { parameters, field, options, solve, solution };
}

function upload(engine: Engine, rows: number, values: ArrayLike<number>): Tensor {
  const tensor = engine.allocate(rows, values.length / rows);
  engine.write(tensor, values);
  return tensor;
}

describe('The search for a steady state', () => {
  it('ends where f is within the tolerance, for FSAL pairs and others, and Newton takes it to rounding', async () => {
    const engine = await createEngine('reference', 'f64');
    for (const tableau of [tableaux.tsit5, tableaux.bosh3, tableaux.rkf45]) {
      const { field, solve, solution } = await setUp(engine, 3, 4, tableau);
      expect(solution.outcome.state).toBe('steady');
      expect(solution.residual).toBeLessThanOrEqual(1);
      expect(solution.residual).toBeGreaterThan(1e-3);
      const rough = await engine.read(solution.y);
      const polished = await solve(10);
      const f = engine.allocate(3, 2);
      field.evaluate(time, polished.y, f);
      expect(Math.max(...(await engine.read(f)).map(Math.abs))).toBeLessThan(1e-13);
      expect(polished.statistics.polished).toBeGreaterThanOrEqual(2);
      // The rough one was that close already.
      const exact = await engine.read(polished.y);
      expect(Math.max(...rough.map((value, k) => Math.abs(value - exact[k])))).toBeLessThan(1e-5);
    }
  });

  it('says that it was not reached, and what to do', async () => {
    const engine = await createEngine('reference', 'f64');
    // y' = y runs away, y' = (y2, −y1) in circles, both without any rest.
    const linear = chain(2, [dense(2)]);
    const search = async (values: readonly number[], maxSteps: number) => {
      const field = engine.compile(linear, engine.createParameters(values), 0);
      const options = { engine, field, tableau: tableaux.tsit5, rows: 1, columns: 2 };
      const y0 = upload(engine, 1, [1, 0.5]);
      const request = { y0, atol: 1e-6, rtol: 1e-6, controller: 'integral', maxSteps, polish: 5 } as const;
      return (await new SteadyStateSolver(options, 0).solve(request)).outcome;
    };
    const circling = await search([0, 1, -1, 0, 0, 0], 200);
    expect(circling.state).toBe('max_steps');
    expect(circling.advice).toContain('runs in circles');
    expect((await search([1, 0, 0, 1, 0, 0], 100_000)).state).toBe('non_finite');
    expect((await search([NaN, 0, 0, 1, 0, 0], 10)).state).toBe('non_finite');
  });

  it('stays where it is if the initial state is steady already', async () => {
    const engine = await createEngine('reference', 'f64');
    const field = engine.compile(chain(2, [dense(2)]), engine.createParameters([-1, 0, 0, -1, 2, 3]), 0);
    const options = { engine, field, tableau: tableaux.tsit5, rows: 1, columns: 2 };
    const y0 = upload(engine, 1, [2, 3]);
    const request = { y0, atol: 1e-6, rtol: 0, controller: 'integral', maxSteps: 10, polish: 3 } as const;
    const { statistics, outcome } = await new SteadyStateSolver(options, 0).solve(request);
    expect(outcome.state).toBe('steady');
    expect(statistics).toMatchObject({ accepted: 0, rejected: 0, polished: 0 });
  });
});

describe('The adjoint of a steady state', () => {
  it('is the derivative of the steady state by the parameters', async () => {
    const engine = await createEngine('reference', 'f64');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 3 }), async (seed, rows) => {
        const { parameters, options, solve } = await setUp(engine, rows, seed);
        const { y, outcome } = await solve(10);
        expect(outcome.state).toBe('steady');
        const bar = numbers(2 * rows, seed + 5);
        const adjoint = new SteadyStateAdjoint(options, time);
        engine.fill(parameters.gradient, 0);
        const request = { y, yBar: upload(engine, rows, bar), tolerance: 1e-13 };
        const result = await adjoint.pullback(request);
        expect(result.outcome.state).toBe('success');
        expect(result.residual).toBeLessThanOrEqual(1e-13);
        expect(result.products).toBeLessThanOrEqual(2);
        const gradient = await engine.read(parameters.gradient);
        const values = contracting(seed);
        const direction = numbers(values.length, seed + 9);
        const loss = async (shift: number): Promise<number> => {
          engine.writeParameters(
            parameters,
            values.map((value, k) => value + shift * direction[k]),
          );
          return dot(bar, await engine.read((await solve(10)).y));
        };
        const central = async (h: number) => ((await loss(h)) - (await loss(-h))) / (2 * h);
        const difference = (4 * (await central(5e-4)) - (await central(1e-3))) / 3;
        const size = Math.sqrt(dot(gradient, gradient) * dot(direction, direction));
        expect(Math.abs(dot(gradient, direction) - difference)).toBeLessThan(1e-8 * size);
      }),
      { numRuns: 25, seed: 11 },
    );
  });

  it('needs no more products than a row has columns, however many rows there are', async () => {
    const engine = await createEngine('kernels', 'f64');
    const { options, solve } = await setUp(engine, 64, 8);
    const { y, statistics } = await solve(3);
    expect(statistics.polished).toBeGreaterThanOrEqual(2);
    expect(statistics.products).toBeLessThanOrEqual(2 * (statistics.polished + 1));
    const adjoint = new SteadyStateAdjoint(options, time);
    const { products, outcome } = await adjoint.pullback({
      y,
      yBar: upload(engine, 64, numbers(128, 1)),
      tolerance: 1e-12,
    });
    expect(outcome.state).toBe('success');
    expect(products).toBeLessThanOrEqual(2);
    adjoint.dispose();
    engine.dispose();
  });

  it('holds in f32 as far as f32 goes', async () => {
    const gradients = [];
    for (const [name, dtype] of [
      ['reference', 'f64'],
      ['kernels', 'f32'],
    ] as const) {
      const engine = await createEngine(name, dtype);
      const { parameters, options, solve } = await setUp(engine, 2, 8);
      const { y } = await solve(10);
      const yBar = upload(engine, 2, numbers(4, 1));
      engine.fill(parameters.gradient, 0);
      const adjoint = new SteadyStateAdjoint(options, time);
      const { outcome } = await adjoint.pullback({ y, yBar, tolerance: 1e-6 });
      expect(outcome.state).toBe('success');
      gradients.push(await engine.read(parameters.gradient));
      engine.dispose();
    }
    const [exact, rounded] = gradients;
    const length = Math.sqrt(dot(exact, exact));
    const gap = exact.map((value, k) => value - rounded[k]);
    expect(Math.sqrt(dot(gap, gap))).toBeLessThan(1e-5 * length);
  });

  it('adds nothing and says so where f_y is singular', async () => {
    const engine = await createEngine('reference', 'f64');
    const parameters = engine.createParameters([-1, 0, 0, 0, 1, 0]);
    const field = engine.compile(chain(2, [dense(2)]), parameters, 0);
    const adjoint = new SteadyStateAdjoint({ engine, field, rows: 1, columns: 2 }, 0);
    const y = upload(engine, 1, [1, 7]);
    const yBar = upload(engine, 1, [1, 1]);
    const { outcome } = await adjoint.pullback({ y, yBar, tolerance: 1e-10 });
    expect(outcome.state).toBe('not_converged');
    expect(outcome.advice).toContain('does not contract');
    expect([...(await engine.read(parameters.gradient))]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

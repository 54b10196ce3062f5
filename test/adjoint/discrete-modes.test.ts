import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimalAdvances, repetitions } from '../../src/adjoint/binomial-schedule.js';
import { createAdjoint } from '../../src/adjoint/create-adjoint.js';
import type { Engine, Tensor } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { Solver } from '../../src/ode/solver.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { numbers } from './numbers.js';
import { gradientOf, nets, scenarios, type Scenario } from './scenarios.js';

const engines = [
  ['reference', 'f64'],
  ['kernels', 'f64'],
  ['kernels', 'f32'],
] as const;

/** Many steps, no regulariser. */
const long: Scenario = {
  tableau: tableaux.bosh3,
  chain: nets[1],
  rows: 2,
  saveat: [0.4, 1],
  t1: 1.2,
  tolerance: 1e-8,
  aggregation: { aggregate: 'sum', weightByStep: true, square: false, countInitialCallback: false },
  errorWeight: 0,
  stiffnessWeight: 0,
  stiffnessNorm: 'rms',
  seed: 5,
};

/** Makes an engine count the tensors that are allocated. */
function countTensors(engine: Engine): { readonly now: () => number; readonly peak: () => number } {
  let [now, peak] = [0, 0];
  const allocate = engine.allocate.bind(engine);
  const free = engine.free.bind(engine);
  Object.assign(engine, {
    allocate: (rows: number, columns: number): Tensor => {
      now += 1;
      peak = Math.max(peak, now);
      return allocate(rows, columns);
    },
    free: (tensor: Tensor) => {
      now -= 1;
      free(tensor);
    },
  });
  return { now: () => now, peak: () => peak };
}

describe('The discrete adjoint modes', () => {
  it.each(engines)('give the same gradient bit for bit, whatever is kept (%s, %s)', async (name, dtype) => {
    const engine = await createEngine(name, dtype);
    let rejected = 0;
    await fc.assert(
      fc.asyncProperty(scenarios, fc.integer({ min: 1, max: 9 }), async (scenario, states) => {
        const auto = { mode: 'auto', bytes: 700 * states } as const;
        const checkpoint = await gradientOf(scenario, engine, { mode: 'checkpoint' });
        rejected += checkpoint.solved.rejected;
        for (const settings of [{ mode: 'stages' }, { mode: 'binomial', states }, auto] as const) {
          const other = await gradientOf(scenario, engine, settings);
          expect(other.grid).toEqual(checkpoint.grid);
          expect(other.solved).toEqual(checkpoint.solved);
          expect(other.gradient).toEqual(checkpoint.gradient);
          expect(other.startGradient).toEqual(checkpoint.startGradient);
          expect(other.statistics.pullbacks).toBe(checkpoint.statistics.pullbacks);
        }
      }),
      { numRuns: 60, seed: 21 },
    );
    // Rejected attempts were among them: what they leave in the slots of a recorded step is overwritten.
    expect(rejected).toBeGreaterThan(5);
    engine.dispose();
  });

  it('never evaluate f again where stages are kept', async () => {
    const engine = await createEngine('reference', 'f64');
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const { statistics, grid } = await gradientOf(scenario, engine, { mode: 'stages' });
        expect(statistics.evaluations).toBe(0);
        const perStep =
          scenario.tableau.b.length - (scenario.tableau.c.at(-1) === 1 && scenario.tableau.b.at(-1) === 0 ? 1 : 0);
        expect(statistics.held).toEqual({ states: grid.steps.length, stages: grid.steps.length * perStep + 1 });
      }),
      { numRuns: 40, seed: 22 },
    );
  });

  it('keep the stages of as many steps as fit into their memory, and compute those of the others again', async () => {
    const engine = await createEngine('kernels', 'f32');
    const { grid } = await gradientOf(long, engine, { mode: 'checkpoint' });
    const steps = grid.steps.length;
    // bosh3, closed by itself: beside the first three stages with two outputs of 5 and one of 3 columns, two states.
    const perStep = 4 * 2 * (3 * (3 + 5) + 2 * 3);
    for (const [bytes, kept] of [
      [0, 0],
      [perStep - 1, 0],
      [perStep, 1],
      [7 * perStep + 1, 7],
      [(steps - 1) * perStep, steps - 1],
      [steps * perStep, steps],
      [undefined, steps],
    ] as const) {
      const settings = bytes === undefined ? ({ mode: 'auto' } as const) : ({ mode: 'auto', bytes } as const);
      const { statistics } = await gradientOf(long, engine, settings);
      expect([bytes, statistics.evaluations]).toEqual([bytes, 3 * (steps - kept)]);
      expect(statistics.held.states).toBe(steps);
      const replayed = kept === steps ? 0 : 4;
      expect(statistics.held.stages).toBe((kept === 0 ? 0 : 3 * kept + 1) + replayed);
    }
    await expect(gradientOf(long, engine, { mode: 'auto', bytes: -1 })).rejects.toThrow('0 bytes or more');
    engine.dispose();
  });

  it('hold as many states as their budget allows, and pay for it as the schedule says', async () => {
    const engine = await createEngine('reference', 'f64');
    const { statistics: all, grid } = await gradientOf(long, engine, { mode: 'checkpoint' });
    const steps = grid.steps.length;
    expect(steps).toBeGreaterThan(80);
    expect(all.held.states).toBe(steps);
    const costs: number[] = [];
    for (const states of [1, 2, 3, 5, 8, 40, steps]) {
      const { statistics } = await gradientOf(long, engine, { mode: 'binomial', states });
      expect(statistics.held.states).toBe(states);
      // bosh3: 3 evaluations an advance, and k_1 again after each way back.
      const extra = (statistics.evaluations - all.evaluations) / 3;
      costs.push(extra);
      const fewest = minimalAdvances(steps + 1, states) - steps;
      expect(extra).toBeGreaterThanOrEqual(fewest);
      expect(extra).toBeLessThanOrEqual((4 / 3) * steps * repetitions(steps + 1, states));
    }
    expect(costs).toEqual([...costs].sort((a, b) => b - a));
    expect(costs.at(-1)).toBe(0);
  });

  it('allocate no more than the budget: twenty times the steps cost not one tensor more', async () => {
    const peaks: number[] = [];
    for (const [tolerance, states] of [
      [1e-4, 3],
      [1e-9, 3],
      [1e-9, 9],
    ] as const) {
      const engine = await createEngine('reference', 'f64');
      const { peak, now } = countTensors(engine);
      const { grid } = await gradientOf({ ...long, saveat: [], tolerance }, engine, { mode: 'binomial', states });
      expect(grid.steps.length).toBeGreaterThan(tolerance === 1e-4 ? 6 : 150);
      peaks.push(peak());
      expect(now()).toBe(0);
    }
    expect(peaks[1]).toBe(peaks[0]);
    expect(peaks[2] - peaks[1]).toBe(6);
  });

  it('give recorded stages back once solves have become short', async () => {
    const engine = await createEngine('reference', 'f64');
    const tensors = countTensors(engine);
    const net = nets[0];
    const field = engine.compile(net, engine.createParameters(numbers(net.parameterCount, 5)), 0);
    const options = { engine, field, tableau: tableaux.tsit5, rows: 1, columns: 2 };
    const solver = new Solver(options);
    const adjoint = createAdjoint({ mode: 'stages' }, options);
    const y0 = engine.allocate(1, 2);
    engine.write(y0, [1, -1]);
    const after: number[] = [];
    for (const tolerance of [1e-3, 1e-10, 1e-3, 1e-3]) {
      const request = { y0, t0: 0, t1: 2, saveat: [], atol: tolerance, rtol: tolerance, maxSteps: 1000 };
      await solver.solve({ ...request, ...adjoint.keep, controller: 'integral', stiffness: null });
      after.push(tensors.now());
    }
    expect(after[1]).toBeGreaterThan(3 * after[0]);
    expect(after[3]).toBeLessThan(after[1] / 2);
  });

  it.each([tableaux.tsit5, tableaux.rkf45])(
    'serve one solve after another, and solves without them in between ($name)',
    async (tableau) => {
      const engine = await createEngine('kernels', 'f64');
      const net = nets[0];
      const parameters = engine.createParameters(numbers(net.parameterCount, 5));
      const field = engine.compile(net, parameters, 0);
      const options = { engine, field, tableau, rows: 1, columns: 2 };
      const solver = new Solver(options);
      const y0 = engine.allocate(1, 2);
      const y0Bar = engine.allocate(1, 2);
      const y1Bar = engine.allocate(1, 2);
      engine.write(y1Bar, [1, -2]);
      const gradients: Float64Array[][] = [[], [], [], []];
      const modes = [
        { mode: 'checkpoint' },
        { mode: 'stages' },
        { mode: 'binomial', states: 3 },
        { mode: 'auto', bytes: 3000 },
      ] as const;
      const adjoints = modes.map((settings) => createAdjoint(settings, options));
      const cotangents = { outputBars: [], y1Bar, errorBars: null, stiffnessBars: null, y0Bar };
      for (const [start, tolerance] of [
        [0.5, 1e-8],
        [-1, 1e-3],
        [1.5, 1e-6],
      ] as const) {
        engine.write(y0, [start, 1]);
        const common = { y0, t0: 0, t1: 1, saveat: [], atol: tolerance, rtol: tolerance, maxSteps: 1000 } as const;
        const request = { ...common, controller: 'integral', stiffness: null } as const;
        for (const [k, adjoint] of adjoints.entries()) {
          await solver.solve({ ...request, keepStates: false });
          const solution = await solver.solve({ ...request, ...adjoint.keep });
          engine.fill(parameters.gradient, 0);
          await adjoint.pullback(solution, { ...common, ...cotangents });
          gradients[k].push(await engine.read(y0Bar), await engine.read(parameters.gradient));
        }
      }
      expect(gradients[1]).toEqual(gradients[0]);
      expect(gradients[2]).toEqual(gradients[0]);
      expect(gradients[3]).toEqual(gradients[0]);
      for (const part of [...adjoints, solver]) part.dispose();
      engine.dispose();
    },
  );

  it('refuse what they cannot reverse', async () => {
    const engine = await createEngine('reference', 'f64');
    const net = nets[0];
    const field = engine.compile(net, engine.createParameters(numbers(net.parameterCount, 5)), 0);
    const options = { engine, field, tableau: tableaux.tsit5, rows: 1, columns: 2 };
    expect(() => createAdjoint({ mode: 'binomial', states: 0 }, options)).toThrow('at least 1 state');
    const solver = new Solver(options);
    const y0 = engine.allocate(1, 2);
    engine.write(y0, [1, 0.5]);
    const common = { y0, t0: 0, t1: 1, saveat: [], atol: 1e-5, rtol: 1e-5, maxSteps: 100 } as const;
    const request = { ...common, controller: 'integral', stiffness: null } as const;
    const bare = await solver.solve({ ...request, keepStates: false });
    const cotangents = { ...common, outputBars: [], y1Bar: null, errorBars: null, stiffnessBars: null, y0Bar: y0 };
    const [checkpoint, stages, binomial] = (['checkpoint', 'stages'] as const)
      .map((mode) => createAdjoint({ mode }, options))
      .concat(createAdjoint({ mode: 'binomial', states: 2 }, options));
    expect(() => checkpoint.pullback(bare, cotangents)).toThrow('did not keep its states');
    expect(() => stages.pullback(bare, cotangents)).toThrow('of another solve');
    expect(() => binomial.pullback(bare, cotangents)).toThrow('of another');
    const stopped = await solver.solve({ ...request, ...binomial.keep, maxSteps: 1 });
    expect(() => binomial.pullback(stopped, cotangents)).toThrow('ended with max_steps');
    const solution = await solver.solve({ ...request, ...binomial.keep });
    expect(() => binomial.pullback(solution, cotangents)).not.toThrow();
    expect(() => binomial.pullback(solution, cotangents)).toThrow('were reversed');
    for (const adjoint of [checkpoint, stages, binomial]) {
      const older = await solver.solve({ ...request, ...adjoint.keep });
      await solver.solve({ ...request, ...adjoint.keep });
      expect(() => adjoint.pullback(older, cotangents)).toThrow('not the latest of its solver');
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SdeAdjoint, type SdeAdjointMode } from '../../src/adjoint/sde.js';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import type { Chain } from '../../src/engines/layer.js';
import { activation, chain, concatTime, dense, power } from '../../src/models/chain.js';
import { estimatesStiffness, type ErrorSigns } from '../../src/ode/sde/sri-tableau.js';
import type { SdeOutputRule } from '../../src/ode/sde/solve-request.js';
import { SdeSolver } from '../../src/ode/sde/solver.js';
import { sdeMethodNames, sdeMethods, type SdeMethodName } from '../../src/ode/sde/tableaux/index.js';
import { stiffnessNorms, type StiffnessNorm } from '../../src/ode/stiffness.js';
import { BrownianTree } from '../../src/random/brownian-tree.js';
import { noise } from '../engines/tensors.js';
import { constant, scale, sum, type Dual } from './dual-numbers.js';
import { replaySde } from './sde-dual-replay.js';

interface Scenario {
  readonly method: SdeMethodName;
  readonly errorSigns: ErrorSigns;
  readonly fields: readonly [Chain, Chain];
  readonly rows: number;
  readonly saveat: readonly number[];
  readonly outputRule: SdeOutputRule;
  readonly adaptive: boolean;
  readonly errorWeight: number;
  readonly stiffnessWeight: number;
  readonly stiffnessNorm: StiffnessNorm;
  readonly seed: number;
}

/** [drift, diffusion]: the diffusions are dense, so that no term of the adjoint is hidden by a diagonal Jacobian. */
const fields: readonly (readonly [Chain, Chain])[] = [
  [chain(2, [power(3), dense(5), activation('tanh'), dense(2)]), chain(2, [dense(2)])],
  [
    chain(3, [concatTime(), dense(4), activation('tanh'), dense(3), activation('tanh')]),
    chain(3, [concatTime(), dense(3), activation('tanh')]),
  ],
  [chain(1, [dense(3), activation('tanh'), dense(1)]), chain(1, [dense(1, { bias: false })])],
];

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  method: fc.constantFrom(...sdeMethodNames.filter((name) => !sdeMethods[name].tangent)),
  errorSigns: fc.constantFrom('plus' as const, 'alternating' as const),
  fields: fc.constantFrom(...fields),
  rows: fc.integer({ min: 1, max: 3 }),
  saveat: fc.constantFrom([], [0, 0.31, 0.77, 1.2], [1.2], [0.1, 0.11, 0.12, 0.13, 0.5]),
  outputRule: fc.constantFrom('step' as const, 'linear' as const),
  adaptive: fc.boolean(),
  errorWeight: fc.constantFrom(0, 0.5),
  stiffnessWeight: fc.constantFrom(0, 0.25),
  stiffnessNorm: fc.constantFrom(...stiffnessNorms),
  seed: fc.integer({ min: 0, max: 10_000 }),
});

/** The gradient of Σ c_m · y(t_m) + c · y1 + Σ w_j E_j + Σ v_j S_j by parameters and initial state, c, w, v fixed. */
async function gradientOf(scenario: Scenario, engine: Engine, mode: SdeAdjointMode = 'checkpoint') {
  const { rows, saveat, outputRule, adaptive, seed, errorSigns, errorWeight, stiffnessWeight, stiffnessNorm } =
    scenario;
  const method = sdeMethods[scenario.method];
  const [driftChain, diffusionChain] = scenario.fields;
  const columns = driftChain.inputs;
  const entries = rows * columns;
  const tolerances = { atol: 0.1, rtol: 0.1 };
  const theta = noise(seed, driftChain.parameterCount + diffusionChain.parameterCount, 1);
  const start = noise(seed + 7, entries, 1);
  const parameters = engine.createParameters(theta);
  const drift = engine.compile(driftChain, parameters, 0);
  const diffusion = engine.compile(diffusionChain, parameters, driftChain.parameterCount);
  const upload = (values: Float64Array) => {
    const tensor = engine.allocate(rows, columns);
    engine.write(tensor, values);
    return tensor;
  };
  const plant = () =>
    new BrownianTree({ key: { sweepSeed: seed, trialSeed: 1 }, purpose: 'adjoint', t0: 0, t1: 1.5, entries });
  const options = { engine, drift, diffusion, method, rows, columns, errorSigns };
  const adjoint = new SdeAdjoint(options, mode);
  const canAdapt = adaptive && method.estimate !== null;
  const solution = await new SdeSolver(options).solve({
    ...tolerances,
    y0: upload(start),
    t0: 0,
    t1: 1.2,
    path: plant(),
    controller: canAdapt ? 'pi' : { kind: 'constant', dt: 0.17 },
    outputRule,
    saveat,
    maxSteps: 2000,
    keepStates: true,
    keeper: adjoint.keeper,
    stiffness: estimatesStiffness(method) ? stiffnessNorm : null,
  });
  expect(solution.outcome.state).toBe('success');
  const { grid } = solution;
  const steps = grid.steps.length;
  const outputBars = saveat.map((_, m) => noise(seed + 17 + m, entries, 1));
  const endBar = noise(seed + 13, entries, 1);
  const hasError = errorWeight !== 0 && method.estimate !== null;
  const hasStiffness = stiffnessWeight !== 0 && estimatesStiffness(method);
  const errorBars = hasError ? noise(seed + 23, steps, errorWeight) : null;
  const stiffnessBars = hasStiffness ? noise(seed + 29, steps, stiffnessWeight) : null;

  const y0Bar = engine.allocate(rows, columns);
  const statistics = adjoint.pullback({
    ...tolerances,
    grid,
    states: solution.states ?? [],
    path: plant(),
    outputBars: outputBars.map(upload),
    y1Bar: upload(endBar),
    errorBars,
    stiffnessBars,
    y0Bar,
  });
  adjoint.dispose();
  const gradient = [...(await engine.read(parameters.gradient)), ...(await engine.read(y0Bar))];

  const problem = {
    method,
    errorSigns,
    drift: driftChain,
    diffusion: diffusionChain,
    columns,
    grid,
    stiffnessNorm,
    ...tolerances,
  };
  /** The loss and its derivative in one direction, by the replay in dual numbers. */
  const replayed = (direction: ArrayLike<number>) => {
    const duals = [...theta, ...start].map((v, i): Dual => ({ v, d: direction[i] }));
    const { y1, outputs, errors, stiffnesses } = replaySde(
      { ...problem, path: plant() },
      duals.slice(0, theta.length),
      duals.slice(theta.length),
    );
    const dot = (bars: Float64Array, values: readonly Dual[]): Dual => sum(values.map((x, i) => scale(bars[i], x)));
    const data = outputs.map((output, m) => dot(outputBars[m], output));
    const penalties = [
      errorBars === null ? constant(0) : dot(errorBars, errors),
      stiffnessBars === null ? constant(0) : dot(stiffnessBars, stiffnesses),
    ];
    return { loss: sum([...data, dot(endBar, y1), ...penalties]), y1, errors, stiffnesses };
  };
  return { gradient, replayed, grid, y1: await engine.read(solution.y1), statistics };
}

describe('The adjoint of a stochastic solve', () => {
  it.each([1, 2])(
    'is the derivative on the frozen grid and path, for every method, net, output rule and regulariser (%d)',
    async (seed) => {
      const engine = await createEngine('reference', 'f64');
      await fc.assert(
        fc.asyncProperty(scenarios, async (scenario) => {
          const { gradient, replayed, grid, y1 } = await gradientOf(scenario, engine);
          const direction = noise(scenario.seed + 91, gradient.length, 1);
          const replay = replayed(direction);
          // The replay is the solve: same end, same estimates.
          replay.y1.forEach(({ v }, i) => expect(Math.abs(v - y1[i])).toBeLessThan(1e-11 * Math.max(1, Math.abs(v))));
          grid.steps.forEach(({ error, stiffness }, j) => {
            if (error !== null) expect(Math.abs(error - replay.errors[j].v)).toBeLessThan(1e-10 * Math.max(1, error));
            if (stiffness === null) return;
            const rounding = 1e-14 / Math.abs(stiffness.stateDifference);
            expect(Math.abs(stiffness.value - replay.stiffnesses[j].v)).toBeLessThan(
              1e-10 + stiffness.value * rounding,
            );
          });
          const derivative = gradient.reduce((total, value, i) => total + value * direction[i], 0);
          const size = Math.hypot(...gradient) * Math.hypot(...direction);
          // Slopes of S are as large as its differences are small, and so is their rounding.
          const tolerance = scenario.stiffnessWeight === 0 ? 1e-10 : 1e-9;
          expect(Math.abs(derivative - replay.loss.d)).toBeLessThan(tolerance * size);
        }),
        { numRuns: 150, seed },
      );
    },
  );

  const scenario: Scenario = {
    method: 'sosri2',
    errorSigns: 'plus',
    fields: fields[1],
    rows: 2,
    saveat: [0.4, 1.2],
    outputRule: 'step',
    adaptive: true,
    errorWeight: 0.5,
    stiffnessWeight: 0.25,
    stiffnessNorm: 'rms',
    seed: 5,
  };

  it('is every entry of the gradient, not only its sum', async () => {
    const { gradient, replayed } = await gradientOf(scenario, await createEngine('reference', 'f64'));
    const largest = Math.max(...gradient.map(Math.abs));
    for (const [i, value] of gradient.entries()) {
      const unit = gradient.map((_, n) => (n === i ? 1 : 0));
      expect(Math.abs(value - replayed(unit).loss.d)).toBeLessThan(1e-11 * largest);
    }
  });

  it('sees R_E and R_S: their weights change the gradient', async () => {
    const engine = await createEngine('reference', 'f64');
    const [both, plain, error] = [
      await gradientOf(scenario, engine),
      await gradientOf({ ...scenario, errorWeight: 0, stiffnessWeight: 0 }, engine),
      await gradientOf({ ...scenario, stiffnessWeight: 0 }, engine),
    ];
    const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((x, i) => x - b[i]));
    const size = Math.hypot(...plain.gradient);
    expect(distance(both.gradient, error.gradient)).toBeGreaterThan(1e-3 * size);
    expect(distance(error.gradient, plain.gradient)).toBeGreaterThan(1e-3 * size);
  });

  it('repeats the calls of each accepted step once: four of the drift, four of the diffusion for SOSRI2', async () => {
    const { statistics, grid } = await gradientOf(scenario, await createEngine('reference', 'f64'));
    const calls = 8 * grid.steps.length;
    expect(statistics).toEqual({ evaluations: calls, pullbacks: calls });
  });

  it('has the same bits in both modes; with stages kept, nothing is drawn or computed again', async () => {
    const [reference, kernels] = [await createEngine('reference', 'f64'), await createEngine('kernels', 'f32')];
    await fc.assert(
      fc.asyncProperty(scenarios, async (own) => {
        for (const engine of [reference, kernels]) {
          const [replayed, kept] = [await gradientOf(own, engine), await gradientOf(own, engine, 'stages')];
          expect(kept.gradient).toEqual(replayed.gradient);
          expect(kept.statistics).toEqual({ evaluations: 0, pullbacks: replayed.statistics.pullbacks });
        }
      }),
      { numRuns: 25, seed: 3 },
    );
  });

  it.each(['checkpoint', 'stages'] as const)('of no time at all hands the cotangent back, in mode %s', async (mode) => {
    const engine = await createEngine('kernels', 'f64');
    const [drift, diffusion] = fields[2].map((net) =>
      engine.compile(net, engine.createParameters(noise(1, net.parameterCount, 1)), 0),
    );
    const options = { engine, drift, diffusion, method: sdeMethods.sosri2, rows: 1, columns: 1 };
    const [y0, y1Bar, y0Bar] = [0, 1, 2].map(() => engine.allocate(1, 1));
    engine.write(y1Bar, [3]);
    const path = new BrownianTree({ key: { sweepSeed: 1, trialSeed: 1 }, purpose: 'x', t0: 0, t1: 1, entries: 1 });
    const adjoint = new SdeAdjoint(options, mode);
    const { grid, states } = await new SdeSolver(options).solve({
      ...{ y0, t0: 0.5, t1: 0.5, path, controller: 'pi', outputRule: 'step', saveat: [], rtol: 0.1, atol: 0.1 },
      ...{ maxSteps: 9, keepStates: true, keeper: adjoint.keeper, stiffness: null },
    });
    const none = { outputBars: [], errorBars: null, stiffnessBars: null };
    adjoint.pullback({ ...none, grid, states: states ?? [], path, atol: 0.1, rtol: 0.1, y1Bar, y0Bar });
    expect([...(await engine.read(y0Bar))]).toEqual([3]);
  });

  it('is the same on the kernels engine to rounding', async () => {
    for (const name of ['sriw1', 'sosri', 'sosri2', 'milstein_difference'] as const) {
      const own = { ...scenario, method: name };
      const reference = await gradientOf(own, await createEngine('reference', 'f64'));
      const kernels = await gradientOf(own, await createEngine('kernels', 'f64'));
      expect(kernels.grid.steps.map(({ t, h }) => [t, h])).toEqual(reference.grid.steps.map(({ t, h }) => [t, h]));
      const size = Math.hypot(...reference.gradient);
      kernels.gradient.forEach((value, i) =>
        expect(Math.abs(value - reference.gradient[i])).toBeLessThan(1e-11 * size),
      );
    }
  });

  it('stays within the rounding of f32 on kernels in f32', async () => {
    const own = { ...scenario, method: 'sosri', adaptive: false, stiffnessWeight: 0 } as const;
    const reference = await gradientOf(own, await createEngine('reference', 'f64'));
    const kernels = await gradientOf(own, await createEngine('kernels', 'f32'));
    const size = Math.hypot(...reference.gradient);
    kernels.gradient.forEach((value, i) => expect(Math.abs(value - reference.gradient[i])).toBeLessThan(1e-5 * size));
  });

  it('refuses the tangent form of Milstein, and errors of a method that estimates none', async () => {
    const engine = await createEngine('reference', 'f64');
    await expect(gradientOf({ ...scenario, method: 'milstein' }, engine)).rejects.toThrow('has no adjoint');
    const parameters = engine.createParameters([1]);
    const field = engine.compile(chain(1, [dense(1, { bias: false })]), parameters, 0);
    const method = sdeMethods.euler_maruyama;
    const y0 = engine.allocate(1, 1);
    const adjoint = new SdeAdjoint({ engine, drift: field, diffusion: field, method, rows: 1, columns: 1 });
    const request = {
      grid: { steps: [{ t: 0, h: 0.1, error: null, stiffness: null }], outputs: [] },
      states: [y0, y0],
      path: new BrownianTree({ key: { sweepSeed: 1, trialSeed: 1 }, purpose: 'x', t0: 0, t1: 1, entries: 1 }),
      atol: 1,
      rtol: 1,
      outputBars: [],
      y1Bar: y0,
      errorBars: null,
      stiffnessBars: null,
      y0Bar: engine.allocate(1, 1),
    };
    expect(() => adjoint.pullback(request)).not.toThrow();
    expect(() => adjoint.pullback({ ...request, errorBars: Float64Array.of(1) })).toThrow('no error to differentiate');
  });
});

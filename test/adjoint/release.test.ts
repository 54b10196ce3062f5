/** Whoever allocates gives back: solvers and adjoints of every method, with everything asked of them. */
import { describe, expect, it } from 'vitest';
import { adjointModes, createAdjoint } from '../../src/adjoint/create-adjoint.js';
import { SdeAdjoint } from '../../src/adjoint/sde.js';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { functionField } from '../../src/ode/function-field.js';
import { PerSampleSolver } from '../../src/ode/per-sample.js';
import { SdeSolver } from '../../src/ode/sde/solver.js';
import { sdeMethodNames, sdeMethods } from '../../src/ode/sde/tableaux/index.js';
import { Solver } from '../../src/ode/solver.js';
import { solverNames, tableaux } from '../../src/ode/tableaux/index.js';
import { BrownianTree } from '../../src/random/brownian-tree.js';

/** The engine itself, with its living tensors counted. */
function counted(engine: Engine): { readonly engine: Engine; readonly living: () => number } {
  let living = 0;
  const allocate: Engine['allocate'] = (rows, columns) => {
    living += 1;
    return engine.allocate(rows, columns);
  };
  const free: Engine['free'] = (tensor) => {
    living -= 1;
    engine.free(tensor);
  };
  const counting = new Proxy(engine, {
    get: (target, name) => {
      if (name === 'allocate') return allocate;
      if (name === 'free') return free;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { engine: counting, living: () => living };
}

it.each(solverNames)('%s frees every tensor of its solvers and adjoints', async (name) => {
  const { engine, living } = counted(await createEngine('reference', 'f64'));
  const field = functionField(engine, {
    f: (_, y) => y.map((value) => -value),
    pullback: (_t, _y, bar) => bar.map((value) => -value),
  });
  const tableau = tableaux[name];
  const options = { engine, field, tableau, rows: 2, columns: 1 };
  const [y0, bar, y0Bar] = [0, 1, 2].map(() => engine.allocate(2, 1));
  engine.fill(y0, 1);
  const own = living();
  const request = {
    y0,
    t0: 0,
    t1: 1,
    rtol: 1e-3,
    atol: 1e-3,
    controller: { kind: 'constant', dt: 0.3 },
    maxSteps: 99,
    saveat: [0.5],
    keepStates: true,
    stiffness: tableau.b.length > 1 ? 'rms' : null,
    events: [{ value: (t: number) => t - 0.4, terminal: false }],
  } as const;
  const solvers = [new Solver(options), new PerSampleSolver(options)];
  for (const solver of solvers) {
    await solver.solve(request);
    solver.dispose();
  }
  expect(living()).toBe(own);
  for (const mode of adjointModes) {
    const continuous = mode === 'backsolve' || mode === 'interpolating';
    if (continuous && tableau.errorWeights === null) continue;
    const settings = continuous
      ? ({ mode, controller: 'integral', maxSteps: 999 } as const)
      : mode === 'binomial'
        ? ({ mode, states: 1 } as const)
        : ({ mode } as const);
    const adjoint = createAdjoint(settings, options);
    const solver = new Solver(options);
    const solution = await solver.solve({ ...request, ...adjoint.keep });
    const cotangents = { outputBars: [bar], y1Bar: bar, errorBars: null, stiffnessBars: null, y0Bar };
    await adjoint.pullback(solution, { ...request, ...cotangents });
    adjoint.dispose();
    solver.dispose();
    expect([mode, living()]).toEqual([mode, own]);
  }
});

describe('Stochastic solves', () => {
  const decay = (engine: Engine) =>
    functionField(engine, {
      f: (_, y) => y.map((value) => -value),
      pullback: (_t, _y, bar) => bar.map((value) => -value),
      pushforward: (_t, _y, _tDot, dot) => dot.map((value) => -value),
    });
  const path = new BrownianTree({ key: { sweepSeed: 1, trialSeed: 1 }, purpose: 'release', t0: 0, t1: 1, entries: 2 });
  const request = {
    t0: 0,
    t1: 1,
    rtol: 0.1,
    atol: 0.1,
    path,
    outputRule: 'linear',
    maxSteps: 999,
    saveat: [],
    keepStates: true,
    stiffness: null,
  } as const;
  const constant = (dt: number) => ({ controller: { kind: 'constant', dt } }) as const;

  it.each(sdeMethodNames)('with %s free every tensor, whatever their adjoint keeps', async (name) => {
    const { engine, living } = counted(await createEngine('reference', 'f64'));
    const field = decay(engine);
    const options = { engine, drift: field, diffusion: field, method: sdeMethods[name], rows: 2, columns: 1 };
    const [y0, bar, y0Bar] = [0, 1, 2].map(() => engine.allocate(2, 1));
    engine.fill(y0, 1);
    const own = living();
    for (const mode of ['checkpoint', 'stages'] as const) {
      const solver = new SdeSolver(options);
      const adjoint = sdeMethods[name].tangent ? null : new SdeAdjoint(options, mode);
      const keeper = adjoint?.keeper ?? null;
      const { grid, states } = await solver.solve({ ...request, ...constant(0.1), y0, keeper });
      const cotangents = { outputBars: [], y1Bar: bar, errorBars: null, stiffnessBars: null, y0Bar };
      adjoint?.pullback({ ...request, ...cotangents, grid, states: states ?? [] });
      adjoint?.dispose();
      solver.dispose();
      expect([mode, living()]).toEqual([mode, own]);
    }
  });

  it('hold noise and stages for no more steps than the longest of the latest two took', async () => {
    const { engine, living } = counted(await createEngine('reference', 'f64'));
    const field = decay(engine);
    const options = { engine, drift: field, diffusion: field, method: sdeMethods.sosri2, rows: 2, columns: 1 };
    const y0 = engine.allocate(2, 1);
    const solver = new SdeSolver(options);
    const adjoint = new SdeAdjoint(options, 'stages');
    const held = async (dt: number): Promise<number> => {
      const before = living();
      await solver.solve({ ...request, ...constant(dt), y0, keepStates: false, keeper: adjoint.keeper });
      return living() - before;
    };
    await held(1);
    // 4 random variables, 4 + 4 stages, their states but for the first two, and the error vector.
    const perStep = 4 + 8 + 6 + 1;
    expect(await held(1 / 64)).toBe(63 * perStep);
    expect(await held(1 / 64)).toBe(0);
    expect(await held(1)).toBe(0);
    expect(await held(1)).toBe(-63 * perStep);
  });

  it('keep steps of their own solve only: those of another are refused', async () => {
    const engine = await createEngine('reference', 'f64');
    const field = decay(engine);
    const options = { engine, drift: field, diffusion: field, method: sdeMethods.sosri2, rows: 2, columns: 1 };
    const [y0, y1Bar, y0Bar] = [0, 1, 2].map(() => engine.allocate(2, 1));
    const solver = new SdeSolver(options);
    const adjoint = new SdeAdjoint(options, 'stages');
    const { grid, states } = await solver.solve({ ...request, ...constant(0.25), y0 });
    const cotangents = { outputBars: [], y1Bar, errorBars: null, stiffnessBars: null, y0Bar };
    expect(() => adjoint.pullback({ ...request, ...cotangents, grid, states: states ?? [] })).toThrow(
      '0 steps were recorded: the 4 to reverse are of another solve',
    );
  });
});

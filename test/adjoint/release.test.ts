/** Whoever allocates gives back: solvers and adjoints of every method, with everything asked of them. */
import { expect, it } from 'vitest';
import { adjointModes, createAdjoint } from '../../src/adjoint/create-adjoint.js';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { functionField } from '../../src/ode/function-field.js';
import { PerSampleSolver } from '../../src/ode/per-sample.js';
import { Solver } from '../../src/ode/solver.js';
import { solverNames, tableaux } from '../../src/ode/tableaux/index.js';

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

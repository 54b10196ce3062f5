import { describe, expect, it } from 'vitest';
import { CheckpointAdjoint } from '../../src/adjoint/checkpoint.js';
import { createEngine } from '../../src/engines/index.js';
import { Solver } from '../../src/ode/solver.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { numbers } from './numbers.js';
import { nets } from './scenarios.js';

describe('The checkpoint adjoint', () => {
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

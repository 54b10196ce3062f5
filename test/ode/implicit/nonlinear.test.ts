import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engines/index.js';
import { UserError } from '../../../src/errors.js';
import { createReferenceEngine } from '../../../src/engines/reference/engine.js';
import { functionField } from '../../../src/ode/function-field.js';
import { FixedPoint } from '../../../src/ode/implicit/fixed-point.js';
import { Newton } from '../../../src/ode/implicit/newton.js';
import { raiseDepth } from '../../../src/ode/implicit/raise-depth.js';
import { exponential, growth, solveField, stiffCosine, vanDerPol } from './solve-field.js';

describe("Newton's iteration", () => {
  it('doubles the correct digits from one iteration to the next', async () => {
    const engine = createReferenceEngine();
    // g = 1 − g³/2: root by Newton's own formula in doubles.
    const functions = {
      f: (_t: number, [y]: Float64Array) => [-(y ** 3) / 2],
      pushforward: (_t: number, [y]: Float64Array, _tDot: number, [dot]: Float64Array) => [-1.5 * y * y * dot],
    };
    let root = 1;
    for (let i = 0; i < 60; i += 1) root -= (root - 1 + root ** 3 / 2) / (1 + 1.5 * root * root);
    const newton = new Newton({ engine, field: functionField(engine, functions), rows: 1, columns: 1 });
    const y = engine.allocate(1, 1);
    engine.write(y, [1]);
    const errors: number[] = [];
    for (const maxIterations of [1, 2, 3]) {
      const g = engine.allocate(1, 1);
      // Not converged by its own account, g holds the iterate that was evaluated last.
      const result = await newton.solve({ t: 0, gamma: 1, y, g }, { tolerance: 1e-300, maxIterations });
      expect(result.state).toBe('newton_failed');
      errors.push(Math.abs((await engine.read(g))[0] - root));
    }
    const [first, second, third] = errors;
    expect(Math.log(third / second) / Math.log(second / first)).toBeGreaterThan(1.8);
    expect(third).toBeLessThan(1e-3);
    const g = engine.allocate(1, 1);
    const { state, evaluations } = await newton.solve({ t: 0, gamma: 1, y, g }, { tolerance: 1e-14, maxIterations: 9 });
    expect([state, evaluations <= 6]).toEqual(['solved', true]);
    expect(Math.abs((await engine.read(g))[0] - root)).toBeLessThan(1e-15);
  });

  it('gives each row the same bits alone and among others', async () => {
    const start = [
      [2, -0.1],
      [-1.5, 3],
      [0.01, 0.5],
      [2.2, 0],
    ];
    const problem = { method: 'implicit_midpoint', functions: vanDerPol(50), dt: 0.02 } as const;
    const together = await solveField({ ...problem, start });
    expect(together.outcome.state).toBe('success');
    for (const [row, state] of start.entries()) {
      const alone = await solveField({ ...problem, start: [state] });
      expect(together.y1.slice(2 * row, 2 * row + 2)).toEqual(alone.y1);
    }
  });

  it('ends as newton_failed where there is no solution, with what to do', async () => {
    // g = 1 + g² has no real root.
    const square = {
      f: (_t: number, [y]: Float64Array) => [y * y],
      pushforward: (_t: number, [y]: Float64Array, _tDot: number, [dot]: Float64Array) => [2 * y * dot],
    };
    const { outcome, y1, statistics } = await solveField({
      method: 'backward_euler',
      functions: square,
      start: [[1]],
      t1: 3,
      dt: 1,
      nonlinear: { kind: 'newton', maxIterations: 7 },
    });
    expect(outcome).toMatchObject({ state: 'newton_failed', t: 0 });
    expect(outcome.advice).toMatch(/smaller dt/);
    expect([y1, statistics.nfe, statistics.accepted]).toEqual([[1], 7, 0]);
  });

  it('ends as newton_failed where the step matrix is singular', async () => {
    // I − h f_y = 0 at h λ = 1.
    const { outcome } = await solveField({
      method: 'backward_euler',
      functions: exponential(1),
      start: [[1, -2]],
      dt: 1,
    });
    expect(outcome.state).toBe('newton_failed');
  });

  it('converges on stiff fields in f32 too, to what f32 resolves', async () => {
    const engine = await createEngine('kernels', 'f32');
    const problem = { method: 'backward_euler', dt: 0.1, nonlinear: { kind: 'newton' } } as const;
    const cosine = { ...problem, functions: stiffCosine(-1e4), start: [[1], [0.5]] };
    const oscillator = {
      ...problem,
      functions: vanDerPol(1000),
      start: [
        [2, 0],
        [-1.7, 0.1],
      ],
    };
    for (const stiff of [cosine, oscillator]) {
      const single = await solveField({ ...stiff, engine });
      const double = await solveField(stiff);
      expect(single.outcome.state).toBe('success');
      expect(single.statistics.nfe).toBeLessThanOrEqual(double.statistics.nfe + 5);
      // Ten steps, each solved to 1e-5.
      for (const [i, value] of double.y1.entries()) expect(Math.abs(single.y1[i] - value)).toBeLessThan(1e-4);
    }
  });

  it('spends no product on a residual of rounding errors, though the step matrix is nearly singular', async () => {
    // Eigenvalues of h f_y are 1 − 1e−9 and −1/2, in turned axes: rounding of the residual moves g by far more than
    // the tolerance.
    const [cosine, sine] = [Math.cos(0.7), Math.sin(0.7)];
    const apply = ([x, v]: Float64Array) => {
      const first = (1 - 1e-9) * (cosine * x + sine * v);
      const second = -0.5 * (cosine * v - sine * x);
      return [cosine * first - sine * second, sine * first + cosine * second];
    };
    const functions = {
      f: (_t: number, y: Float64Array) => apply(y),
      pushforward: (_t: number, _y: Float64Array, _tDot: number, dot: Float64Array) => apply(dot),
    };
    const start = [[1, 0.3]];
    const { outcome, y1, statistics } = await solveField({ method: 'backward_euler', functions, start, dt: 1 });
    expect([outcome.state, statistics.newtonIterations, statistics.linearIterations]).toEqual(['success', 2, 2]);
    const exact = 1e9 * (cosine + 0.3 * sine);
    expect(Math.abs((cosine * y1[0] + sine * y1[1]) / exact - 1)).toBeLessThan(1e-6);
  });

  it('takes what rounding cannot resolve as solved, whatever the tolerance', async () => {
    const nonlinear = { kind: 'newton', tolerance: 1e-300 } as const;
    for (const functions of [vanDerPol(1e6), stiffCosine(-1e8)]) {
      const start = functions.f(0, Float64Array.of(2, 0)).length === 2 ? [[2, 0]] : [[1]];
      const { outcome } = await solveField({ method: 'backward_euler', functions, start, dt: 0.1, nonlinear });
      expect(outcome.state).toBe('success');
    }
  });
});

describe('The fixed-point iteration', () => {
  it('gains the factor γλ with every iteration', async () => {
    const engine = createReferenceEngine();
    const field = functionField(engine, exponential(-0.6));
    const fixedPoint = new FixedPoint({ engine, field, rows: 1, columns: 2 });
    const y = engine.allocate(1, 2);
    engine.write(y, [1, -2]);
    const exact = 1 / 1.3;
    let before = NaN;
    for (const depth of [1, 2, 3, 4, 5, 6]) {
      const g = engine.allocate(1, 2);
      const { unrollingError, evaluations } = await fixedPoint.solve({ t: 0, gamma: 0.5, y, g }, depth);
      const error = Math.abs((await engine.read(g))[0] - exact);
      if (depth > 1) expect(error / before).toBeCloseTo(0.3, 10);
      before = error;
      // g^L − g^(L−1) = y (−0.3)^L; mean of the squares of 1 and −2.
      expect(unrollingError).toBeCloseTo(2.5 * 0.09 ** depth, 14);
      expect(evaluations).toBe(depth);
    }
  });

  it('ends as fixed_point_diverged where γ|λ| > 1, by the second iteration, and not below', async () => {
    for (const [lambda, state] of [
      [-1.01, 'fixed_point_diverged'],
      [-0.99, 'success'],
    ] as const) {
      for (const depth of [2, 7]) {
        const nonlinear = { kind: 'fixed_point', depth } as const;
        const problem = { functions: exponential(lambda), start: [[1, 3]], dt: 1, nonlinear };
        const { outcome } = await solveField({ method: 'backward_euler', ...problem });
        expect(outcome.state).toBe(state);
        expect(outcome.advice).toMatch(state === 'success' ? /Reached/ : /Newton/);
      }
    }
  });

  it('ends as fixed_point_diverged, not as non_finite, where it overflows', async () => {
    const nonlinear = { kind: 'fixed_point', depth: 400 } as const;
    const { outcome } = await solveField({
      method: 'backward_euler',
      functions: exponential(-1e3),
      start: [[1]],
      dt: 1,
      nonlinear,
    });
    expect(outcome.state).toBe('fixed_point_diverged');
  });

  it('does not mistake rounding at rest for divergence', async () => {
    // f rounds y to multiples of 2^−48: a first difference of 2^−51 carries it over a boundary, the next is larger.
    const f = (_t: number, [y]: Float64Array) => [-0.9 * (y + 16 - 16 - 1) + 2 ** -51];
    const problem = { method: 'backward_euler', functions: { f }, dt: 1 } as const;
    const start = [[1 + 2 ** -49 - 2 ** -52]];
    const { statistics } = await solveField({ ...problem, start, nonlinear: { kind: 'fixed_point', depth: 1 } });
    const { outcome, ...second } = await solveField({
      ...problem,
      start,
      nonlinear: { kind: 'fixed_point', depth: 2 },
    });
    expect(second.statistics.unrollingError ?? 0).toBeGreaterThan(statistics.unrollingError ?? Infinity);
    expect(outcome.state).toBe('success');
  });

  it('reports the mean unrolling error over its steps, and Newton none', async () => {
    const problem = { method: 'backward_euler', functions: exponential(-1), start: [[1]], dt: 0.1, t1: 0.2 } as const;
    const { statistics } = await solveField({ ...problem, nonlinear: { kind: 'fixed_point', depth: 2 } });
    const factor = 1 - 0.1 + 0.01;
    expect(statistics.unrollingError).toBeCloseTo((1e-4 * (1 + factor ** 2)) / 2, 15);
    expect((await solveField(problem)).statistics.unrollingError).toBeNull();
  });
});

describe('The depth of the fixed-point iteration', () => {
  it('is raised by the rule once the unrolling error exceeds the loss, up to the limit', () => {
    const rule = { by: 2, limit: 6 };
    expect(raiseDepth(rule, 1, 0.1, 0.2)).toBe(1);
    expect(raiseDepth(rule, 1, 0.3, 0.2)).toBe(3);
    expect(raiseDepth(rule, 5, 0.3, 0.2)).toBe(6);
    expect(raiseDepth({ limit: 6 }, 3, 0.3, 0.2)).toBe(4);
    expect(raiseDepth({ limit: 2 }, 3, 0.3, 0.2)).toBe(3);
    expect(raiseDepth(rule, 2, NaN, 0.2)).toBe(2);
    expect(raiseDepth(rule, 2, 0.1, NaN)).toBe(2);
  });
});

describe('A request that means nothing', () => {
  const problem = { method: 'backward_euler', functions: growth, start: [[0.5]], dt: 0.1 } as const;

  it.each([
    ['dt', { dt: 0 }],
    ['dt', { dt: -0.1 }],
    ['dt', { dt: NaN }],
    ['dt', { dt: Infinity }],
    ['t0 and t1', { t1: NaN }],
    ['maxSteps', { maxSteps: 0 }],
    ['saveat', { saveat: [2] }],
    ['depth', { nonlinear: { kind: 'fixed_point', depth: 0 } }],
    ['depth', { nonlinear: { kind: 'fixed_point', depth: 1.5 } }],
    ['raise.limit', { nonlinear: { kind: 'fixed_point', depth: 4, raise: { limit: 3 } } }],
    ['raise.by', { nonlinear: { kind: 'fixed_point', depth: 4, raise: { by: 0, limit: 5 } } }],
    ['tolerance', { nonlinear: { kind: 'newton', tolerance: 0 } }],
    ['maxIterations', { nonlinear: { kind: 'newton', maxIterations: 0 } }],
    ['nonlinear solver', { nonlinear: { kind: 'broyden' } as never }],
    ['interpolation', { interpolation: 'cubic' as never }],
  ] as const)('is refused as the user’s mistake, naming %s: %j', async (name, change) => {
    const solve = solveField({ ...problem, ...change });
    await expect(solve).rejects.toThrow(UserError);
    await expect(solve).rejects.toThrow(name);
  });

  it('is refused where y0 has another shape', async () => {
    const engine = createReferenceEngine();
    await expect(solveField({ ...problem, y0: engine.allocate(2, 3) } as never)).rejects.toThrow('1 × 1, not 2 × 3');
  });
});

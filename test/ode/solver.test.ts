import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SolveRequest } from '../../src/ode/solve-request.js';
import { Solver } from '../../src/ode/solver.js';
import { isFirstSameAsLast } from '../../src/ode/tableau.js';
import { pairNames, tableaux } from '../../src/ode/tableaux/index.js';
import { functionField } from '../../src/ode/function-field.js';
import { decay, engine, oscillator, plainly, solve, tensorOf, type Problem } from './problems.js';

describe.each(pairNames)('A solve with %s', (name) => {
  // Order 2 takes too many steps to tight tolerances.
  const [loose, middle, tight] = tableaux[name].order > 2 ? [1e-4, 1e-7, 1e-10] : [1e-3, 1e-5, 1e-7];
  // fehlberg12 estimates 1/256 of Euler's error: it is some hundred times less exact than its tolerance says.
  const multiple = name === 'fehlberg12' ? 1000 : 50;

  it('reaches closed forms to its tolerance, and better with a tighter one', async () => {
    const errors: number[] = [];
    for (const tolerance of [loose, middle, tight]) {
      const { end, outcome } = await solve(oscillator, { t1: 5, rtol: tolerance, atol: tolerance }, tableaux[name]);
      expect(outcome.state).toBe('success');
      errors.push(Math.hypot(end[0] - Math.cos(5), end[1] + Math.sin(5)) / tolerance);
    }
    // Global error over five time units: proportional to the tolerance, with a modest constant.
    for (const ratio of errors) expect(ratio).toBeLessThan(multiple);
  });

  it('runs backwards in time', async () => {
    const { end } = await solve(decay, { t0: 1, t1: 0, rtol: tight, atol: tight }, tableaux[name]);
    expect(Math.abs(end[0] - Math.E)).toBeLessThan(multiple * tight);
  });

  it('interpolates outputs without changing the steps', async () => {
    const bare = await solve(oscillator, { t1: 3 }, tableaux[name]);
    const times = [0, 0.5, 1.25, 3 - 1e-9, 3];
    const saved = await solve(oscillator, { t1: 3, saveat: times }, tableaux[name]);
    expect(saved.grid.steps.map(({ t, h }) => [t, h])).toEqual(bare.grid.steps.map(({ t, h }) => [t, h]));
    // Outputs in the last step need its end stage, which a pair that is not FSAL does not have yet.
    expect(saved.statistics.nfe - bare.statistics.nfe).toBe(isFirstSameAsLast(tableaux[name]) ? 0 : 1);
    // Interpolants stay within a modest multiple of the tolerance.
    for (const [k, [x]] of saved.saved.entries())
      expect(Math.abs(x - Math.cos(times[k]))).toBeLessThan(multiple * 1e-6);
    expect(saved.saved.at(-1)).toEqual(saved.end);
  });

  it('counts every call of the field: 2 + s·attempts, and its next first stage where a pair is not FSAL', async () => {
    const { statistics, calls } = await solve(oscillator, { t1: 10, rtol: 1e-8 }, tableaux[name]);
    const { accepted, rejected } = statistics;
    const firstStages = isFirstSameAsLast(tableaux[name]) ? 0 : accepted - 1;
    expect(statistics.nfe).toBe(2 + (tableaux[name].b.length - 1) * (accepted + rejected) + firstStages);
    expect(calls).toBe(statistics.nfe);
  });
});

describe('A request that means nothing', () => {
  it.each<[string, Partial<SolveRequest>]>([
    ['saveat must run from t0 towards t1', { saveat: [0.8, 0.1] }],
    ['saveat[0] must lie between', { saveat: [2] }],
    ['saveat[0] must lie between', { saveat: [-1] }],
    ['saveat[1] must lie between', { saveat: [0.5, NaN] }],
    ['t0 and t1 must be finite', { t1: NaN }],
    ['rtol and atol must be finite', { rtol: -1 }],
    ['rtol and atol must be finite', { rtol: 0, atol: 0 }],
    ['maxSteps must be at least 1', { maxSteps: 0 }],
  ])('is refused: %s', async (message, options) => {
    await expect(solve(decay, options)).rejects.toThrow(message);
  });

  it('is a second solve while the first goes on', async () => {
    const field = functionField(engine, decay);
    const solver = new Solver({ engine, field, tableau: tableaux.tsit5, rows: 1, columns: 1 });
    const request = { ...plainly, y0: tensorOf([1]) };
    const first = solver.solve(request);
    await expect(solver.solve(request)).rejects.toThrow('still solving');
    expect((await first).outcome.state).toBe('success');
  });
});

describe('A solve', () => {
  it('gives every output where times round past t1, and y1 itself for those that mean t1', async () => {
    // 0.1·48/48 and like quotients may miss t1 by an ulp on either side.
    const times = Array.from({ length: 49 }, (_, k) => (0.1 * k) / 48);
    for (const last of [0.1, 0.1 + 2e-17, 0.1 - 2e-17]) {
      const { saved, end, outcome } = await solve(oscillator, { t1: 0.1, saveat: [...times.slice(0, 48), last] });
      expect([outcome.state, saved.length]).toEqual(['success', 49]);
      expect(saved.at(-1)).toEqual(end);
    }
  });

  it('keeps the numbers of its grid without keeping states', async () => {
    const kept = await solve(oscillator, { t1: 3, stiffness: 'rms' });
    const bare = await solve(oscillator, { t1: 3, stiffness: 'rms', keepStates: false });
    expect(bare.grid).toEqual(kept.grid);
    expect([bare.states, kept.states?.length]).toEqual([null, kept.grid.steps.length + 1]);
  });

  it('ends as non_finite where already the first probe overflows', async () => {
    const { outcome } = await solve({ f: (_, y) => [y[0] > 1 ? Infinity : 1], start: [1] });
    expect(outcome.state).toBe('non_finite');
  });

  it('covers the interval with steps that join, whatever the span, tolerance and controller', async () => {
    const cases = fc.record({
      t0: fc.double({ min: -10, max: 10, noNaN: true }),
      span: fc.double({ min: -20, max: 20, noNaN: true }),
      exponent: fc.integer({ min: 2, max: 9 }),
      controller: fc.constantFrom('integral' as const, 'pi' as const),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ t0, span, exponent, controller }) => {
        const t1 = t0 + span;
        const tolerance = 10 ** -exponent;
        const { grid, outcome } = await solve(oscillator, { t0, t1, rtol: tolerance, atol: tolerance, controller });
        expect(outcome.state).toBe('success');
        let t = t0;
        for (const step of grid.steps) {
          expect(step.t).toBe(t);
          expect(Math.sign(step.h)).toBe(Math.sign(span));
          t = step.t + step.h;
        }
        expect(Math.abs(t - t1)).toBeLessThanOrEqual(100 * Number.EPSILON * Math.max(Math.abs(t0), Math.abs(t1)));
      }),
      { numRuns: 100 },
    );
  });

  it('returns the initial state where t0 = t1, without calling the field', async () => {
    const { end, saved, calls, outcome } = await solve(decay, { t0: 2, t1: 2, saveat: [2] });
    expect([end, saved, calls, outcome.state]).toEqual([[1], [[1]], 0, 'success']);
  });

  it('takes the first step of Hairer, Nørsett & Wanner (II.4)', async () => {
    const { grid } = await solve(decay, { rtol: 1e-6, atol: 1e-6 });
    // y = 1, f = −1, sc = 2e-6: d0 = d1 = 5e5, h0 = 0.01, f1 − f0 = 0.01, d2 = d1; (0.01 / 5e5)^(1/5).
    expect(grid.steps[0].h).toBeCloseTo((0.01 / 5e5) ** 0.2, 12);
  });

  it('ends as max_steps with advice when attempts run out', async () => {
    const { outcome } = await solve(oscillator, { t1: 1000, maxSteps: 10 });
    expect(outcome.state).toBe('max_steps');
    expect(outcome.advice).toContain('raise max_steps');
  });

  it('ends as non_finite where the solution leaves the reals', async () => {
    const { outcome } = await solve({ f: (_, y) => [y[0] * y[0]], start: [1] }, { t1: 2 });
    expect(['non_finite', 'dt_underflow']).toContain(outcome.state);
    expect(outcome.t).toBeCloseTo(1, 3);
    const { outcome: nan } = await solve({ f: () => [NaN], start: [1] });
    expect(nan.state).toBe('non_finite');
  });

  it('ends as dt_underflow where the step no longer changes t', async () => {
    const { outcome } = await solve(decay, { t0: 1e16, t1: 1e16 + 64 });
    expect(outcome.state).toBe('dt_underflow');
    expect(outcome.advice).toContain('tolerance');
  });

  it('estimates S = 0, not 0/0, where nothing moves', async () => {
    const { grid } = await solve({ f: () => [0], start: [1] }, { stiffness: 'rms' });
    for (const { stiffness } of grid.steps) expect(stiffness?.value).toBe(0);
  });

  it('estimates S = |λ| for y′ = λy', async () => {
    const { grid } = await solve({ f: (_, y) => [-7 * y[0]], start: [1] }, { stiffness: 'rms' });
    for (const { stiffness } of grid.steps) expect(stiffness?.value).toBeCloseTo(7, 5);
  });

  it('rejects steps where a peak comes up, and still converges, with both controllers', async () => {
    const peak: Problem = { f: (t) => [1 / (1 + ((t - 0.5) / 0.02) ** 2)], start: [0] };
    for (const controller of ['integral', 'pi'] as const) {
      const { end, statistics } = await solve(peak, { controller, rtol: 1e-8, atol: 1e-8 });
      expect(end[0]).toBeCloseTo(0.04 * Math.atan(25), 6);
      expect(statistics.rejected).toBeGreaterThan(0);
    }
  });
});

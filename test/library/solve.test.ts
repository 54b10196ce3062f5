import { describe, expect, it } from 'vitest';
import { solve, tableaux, UserError, type SolveOptions } from '../../src/index.js';

const lorenz: SolveOptions = {
  f: (_, [x, y, z]) => [10 * (y - x), x * (28 - z) - y, x * y - (8 / 3) * z],
  y0: [1, 1, 1],
  t1: 0.5,
};

describe('solve', () => {
  it('needs a function, a start and an end: exp(−1) to its default tolerance', async () => {
    const { outcome, y1, statistics } = await solve({ f: (_, [y]) => [-y], y0: [1], t1: 1 });
    expect(outcome.state).toBe('success');
    expect(Math.abs(y1[0] - Math.exp(-1))).toBeLessThan(1e-6);
    expect(statistics.nfe).toBe(2 + 6 * (statistics.accepted + statistics.rejected));
  });

  it('gives output times, events, steps and attempts as plain numbers', async () => {
    const { outputs, events, steps, attempts } = await solve({
      ...lorenz,
      saveat: [0, 0.25, 0.5],
      events: [{ value: (_, y) => y[0] - 10, terminal: false }],
      keepAttempts: true,
      stiffness: 'rms',
    });
    expect(outputs.map(({ length }) => length)).toEqual([3, 3, 3]);
    expect([...outputs[0]]).toEqual([1, 1, 1]);
    for (const { y } of events) expect(y[0]).toBeCloseTo(10, 10);
    expect(events.length).toBeGreaterThan(0);
    expect(attempts?.length).toBeGreaterThanOrEqual(steps.length);
    expect(steps[0].stiffness?.value).toBeGreaterThan(0);
  });

  it('agrees between a solver’s name and its tableau, and between solvers', async () => {
    const tight = { ...lorenz, rtol: 1e-10 };
    const named = await solve({ ...tight, solver: 'dopri5_classic' });
    const given = await solve({ ...tight, solver: tableaux.dopri5_classic });
    const other = await solve(tight);
    expect(given).toEqual(named);
    for (let i = 0; i < 3; i += 1) expect(named.y1[i]).toBeCloseTo(other.y1[i], 6);
  });

  it('tells how it ended instead of throwing', async () => {
    const { outcome } = await solve({ f: (_, [y]) => [y * y], y0: [1], t1: 2 });
    expect(outcome.state).not.toBe('success');
    expect(outcome.t).toBeCloseTo(1, 3);
  });

  it.each([
    [{ ...lorenz, y0: [] }, 'at least one number'],
    [{ ...lorenz, y0: ['a'] as never }, 'y0[0] is no number: "a"'],
    [{ ...lorenz, f: undefined as never }, 'f must be a function'],
    [{ ...lorenz, y0: undefined as never }, 'y0 must hold'],
    [{ ...lorenz, t1: undefined as never }, 't1 must be a number'],
    [{ ...lorenz, y0: [1, 2] }, 'gave 3 numbers for a state of 2'],
    [{ ...lorenz, solver: 'rk45' as never }, /no solver "rk45"/],
    [{ ...lorenz, rtol: -1 }, 'not negative'],
    [{ ...lorenz, saveat: [0.3, 0.1] }, 'saveat must run'],
  ] satisfies readonly (readonly [SolveOptions, string | RegExp])[])(
    'refuses what means nothing (%#)',
    async (options, message) => {
      await expect(solve(options)).rejects.toThrow(UserError);
      await expect(solve(options)).rejects.toThrow(message);
    },
  );
});

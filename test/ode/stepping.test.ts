/** Constant steps, limits of adaptive ones, and a look at every attempt. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { solverNames, tableaux } from '../../src/ode/tableaux/index.js';
import { decay, oscillator, solve, type Problem } from './problems.js';

const euler = { ...tableaux.bosh3, name: 'euler', order: 1, c: [0], a: [[]], b: [1], errorWeights: null };

describe('Constant steps', () => {
  it('are all of the size asked for, the last shortened to land on t1, in both directions of time', async () => {
    for (const t1 of [1, -1]) {
      const { grid, outcome, statistics } = await solve(oscillator, { t1, controller: { kind: 'constant', dt: 0.3 } });
      const sizes = grid.steps.map(({ h }) => h * t1);
      expect(sizes.slice(0, 3)).toEqual([0.3, 0.3, 0.3]);
      expect(sizes[3]).toBeCloseTo(0.1, 14);
      expect([outcome.state, outcome.t, statistics.nfe]).toEqual(['success', t1, 1 + 4 * 6]);
    }
  });

  it('end on t1 without a step of rounding at the end', async () => {
    const { grid } = await solve(decay, { controller: { kind: 'constant', dt: 0.1 } });
    expect(grid.steps).toHaveLength(10);
  });

  it('run methods without an estimate: Euler gives (1 − h)ⁿ', async () => {
    const { end, grid, statistics } = await solve(decay, { controller: { kind: 'constant', dt: 0.25 } }, euler);
    expect(end[0]).toBeCloseTo(0.75 ** 4, 15);
    expect(grid.steps.map(({ error }) => error)).toEqual([null, null, null, null]);
    expect(statistics.nfe).toBe(4);
  });

  it('say that a state is not finite, with an estimate at once and without one at the end', async () => {
    const blow: Problem = { f: (t, y) => [t > 0.4 ? NaN : y[0]], start: [1] };
    const constant = { controller: { kind: 'constant', dt: 0.25 } } as const;
    expect((await solve(blow, constant)).outcome).toMatchObject({ state: 'non_finite', t: 0.25 });
    expect((await solve(blow, constant, euler)).outcome).toMatchObject({ state: 'non_finite', t: 1 });
  });

  it('take one step where dt is longer than the interval', async () => {
    expect((await solve(decay, { controller: { kind: 'constant', dt: 1e6 } })).grid.steps).toHaveLength(1);
  });

  it('stop at maxSteps', async () => {
    const { outcome } = await solve(decay, { controller: { kind: 'constant', dt: 1e-4 }, maxSteps: 7 });
    expect(outcome).toMatchObject({ state: 'max_steps', t: expect.closeTo(7e-4, 12) as number });
  });
});

describe('Limits of step sizes', () => {
  it('keep every step but the last within them', async () => {
    const { grid } = await solve(oscillator, { t1: 5, dtMin: 0.01, dtMax: 0.2 });
    const sizes = grid.steps.map(({ h }) => h);
    expect(Math.max(...sizes)).toBe(0.2);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(0.01);
  });

  it('end the solve as dt_min, with advice, where the tolerance asks for less', async () => {
    const kink: Problem = { f: (t) => [t < 0.5 ? 0 : 1e3], start: [0] };
    const { outcome } = await solve(kink, { dtMin: 0.05 });
    expect(outcome.state).toBe('dt_min');
    expect(outcome.t).toBeLessThan(0.5);
    expect(outcome.advice).toContain('dt_min = 0.05');
  });

  it('take the first step that is given, saving the probe', async () => {
    const automatic = await solve(decay);
    const { grid, statistics } = await solve(decay, { firstStep: 0.125 });
    expect(grid.steps[0].h).toBe(0.125);
    expect(statistics.nfe).toBe(1 + 6 * (statistics.accepted + statistics.rejected));
    expect(automatic.statistics.nfe).toBe(2 + 6 * (automatic.statistics.accepted + automatic.statistics.rejected));
  });
});

describe('Attempts', () => {
  it('are kept on demand, rejected ones too, and add up to the statistics and the grid', async () => {
    const peak: Problem = { f: (t) => [1 / (1 + ((t - 0.5) / 0.02) ** 2)], start: [0] };
    const { attempts, statistics, grid } = await solve(peak, { keepAttempts: true });
    const accepted = (attempts ?? []).filter((attempt) => attempt.accepted);
    expect(attempts).toHaveLength(statistics.accepted + statistics.rejected);
    expect(statistics.rejected).toBeGreaterThan(0);
    expect(accepted.map(({ t, h, error }) => [t, h, error])).toEqual(
      grid.steps.map(({ t, h, error }) => [t, h, error]),
    );
    for (const { error, accepted: taken } of attempts ?? []) expect((error ?? 0) < 1).toBe(taken);
    expect((await solve(peak)).attempts).toBeNull();
  });
});

describe('NFE', () => {
  it.each(solverNames.filter((name) => tableaux[name].errorWeights !== null))(
    'of %s counts every call of the field, output times included',
    async (name) => {
      for (const saveat of [[], [0.3, 0.31, 0.9], [1]]) {
        const { statistics, calls } = await solve(oscillator, { saveat }, tableaux[name]);
        expect(statistics.nfe).toBe(calls);
      }
    },
  );

  it('is not changed by output times inside steps but for one call at the end of a pair that is not FSAL', async () => {
    const heun = {
      ...tableaux.bosh3,
      name: 'heun',
      order: 2,
      c: [0, 1],
      a: [[], [1]],
      b: [0.5, 0.5],
      errorWeights: [-0.5, 0.5],
    };
    const bare = await solve(oscillator, {}, heun);
    const within = await solve(oscillator, { saveat: [0.1, 0.2] }, heun);
    const atEnd = await solve(oscillator, { saveat: [0.1, 1 - 1e-9] }, heun);
    expect(within.statistics.nfe).toBe(bare.statistics.nfe);
    expect(atEnd.statistics.nfe).toBe(bare.statistics.nfe + 1);
    expect(atEnd.saved[1][0]).toBeCloseTo(Math.cos(1), 5);
  });
});

describe('A request that means nothing is refused:', () => {
  it.each([
    [{ controller: { kind: 'constant', dt: 0 } }, 'dt must be positive and finite, not 0'],
    [{ controller: { kind: 'constant', dt: NaN } }, 'dt must be positive'],
    [{ controller: { kind: 'constant', dt: 1 }, dtMin: 0.1 }, 'dtMin means nothing for constant steps'],
    [{ dtMin: 2, dtMax: 1 }, 'dtMin = 2 is larger than dtMax = 1'],
    [{ firstStep: -1 }, 'firstStep must be positive'],
    [{ t0: -1e308, t1: 1e308 }, 'longer than the largest number'],
  ] as const)('%o', async (options, message) => {
    await expect(solve(decay, options)).rejects.toThrow(UserError);
    await expect(solve(decay, options)).rejects.toThrow(message);
  });

  it('adaptive steps or stiffness of a method that has no estimate', async () => {
    await expect(solve(decay, {}, euler)).rejects.toThrow('euler has no error estimate');
    const constant = { controller: { kind: 'constant', dt: 1 }, stiffness: 'rms' } as const;
    await expect(solve(decay, constant, euler)).rejects.toThrow('one stage');
  });
});

describe('Stiffness estimates', () => {
  it('are |λ| in both norms for y′ = λy', async () => {
    for (const stiffness of ['rms', 'max'] as const) {
      const { grid } = await solve({ f: (_, y) => [-7 * y[0], -7 * y[1]], start: [1, -0.5] }, { stiffness });
      for (const { stiffness: estimate } of grid.steps) expect(estimate?.value).toBeCloseTo(7, 5);
    }
  });

  it('in the max norm see the stiffest entry of a diagonal field, where the RMS sees a mean', async () => {
    const diagonal: Problem = { f: (_, y) => [-y[0], -50 * y[1]], start: [1, 1] };
    const { grid } = await solve(diagonal, { stiffness: 'max' });
    for (const { stiffness } of grid.steps) expect(stiffness?.value).toBeCloseTo(50, 3);
  });
});

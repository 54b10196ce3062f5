import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random/create-random.js';
import { steer } from '../../src/regularizers/steer.js';

const stream = () => createRandom({ sweepSeed: 3, trialSeed: 1 }, 'steer');
const middle = () => 0.5;

describe('STEER without output times', () => {
  it('ends uniformly within b of t1', () => {
    const random = stream();
    const times = { t0: 0, t1: 1, saveat: null };
    const ends = Array.from({ length: 4000 }, () => steer(0.5).draw(times, () => random.uniform()).t1);
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(0.5);
    expect(Math.max(...ends)).toBeLessThan(1.5);
    const mean = ends.reduce((sum, end) => sum + end, 0) / ends.length;
    const variance = ends.reduce((sum, end) => sum + (end - mean) ** 2, 0) / ends.length;
    // Of U(0.5, 1.5): mean 1 ± 0.0046, variance 1/12.
    expect(Math.abs(mean - 1)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.005);
  });

  it('refuses a width that could end at t0 or before', () => {
    const times = { t0: 1, t1: -1, saveat: null };
    expect(() => steer(1.99).check(times)).not.toThrow();
    expect(() => steer(2).check(times)).toThrow('steer_width must be less than t1 − t0 = 2, not 2.');
  });
});

describe('STEER with output times', () => {
  const gaps = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 });
  const cases = fc.record({
    gaps,
    startsAtT0: fc.boolean(),
    endsAtT1: fc.boolean(),
    backwards: fc.boolean(),
    width: fc.double({ min: 0.001, max: 2, noNaN: true }),
    draws: fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), { minLength: 10, maxLength: 10 }),
  });

  it('moves each by less than half its interval and at most b, in order, in either direction of time', () => {
    fc.assert(
      fc.property(cases, ({ gaps, startsAtT0, endsAtT1, backwards, width, draws }) => {
        const sign = backwards ? -1 : 1;
        const saveat: number[] = startsAtT0 ? [0] : [];
        let time = 0;
        for (const gap of gaps) saveat.push((time += sign * gap));
        const t1 = endsAtT1 ? time : time + sign * 0.3;
        let drawn = 0;
        const moved = steer(width).draw({ t0: 0, t1, saveat }, () => draws[drawn++ % draws.length]);
        const all = [0, ...(moved.saveat ?? []), moved.t1];
        for (let k = 1; k < all.length; k += 1) expect(sign * (all[k] - all[k - 1])).toBeGreaterThanOrEqual(-1e-12);
        if (startsAtT0) expect(moved.saveat?.[0]).toBe(0);
        expect(moved.t1).toBe(endsAtT1 ? moved.saveat?.at(-1) : t1);
        moved.saveat?.forEach((to, k) => {
          const before = Math.abs(saveat[k] - (saveat[k - 1] ?? 0));
          expect(Math.abs(to - saveat[k])).toBeLessThanOrEqual(Math.min(width, before / 2) + 1e-12);
        });
      }),
    );
  });

  it('reaches half the interval on both sides, and moves the end with the last', () => {
    const times = { t0: 0, t1: 3, saveat: [0, 1, 3] };
    expect(steer(2).draw(times, () => 0)).toEqual({ t0: 0, t1: 2, saveat: [0, 0.5, 2] });
    expect(steer(0.25).draw(times, () => 0)).toEqual({ t0: 0, t1: 2.75, saveat: [0, 0.75, 2.75] });
  });

  it('leaves every time as it is for a uniform of one half', () => {
    const times = { t0: 0, t1: 0.7, saveat: [0, 0.1, 0.3, 0.7] };
    expect(steer(0.5).draw(times, middle)).toEqual(times);
    expect(steer(0.5).draw({ ...times, saveat: null }, middle)).toEqual({ ...times, saveat: null });
  });
});

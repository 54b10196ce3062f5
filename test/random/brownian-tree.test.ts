import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrownianTree, type BrownianTreeOptions } from '../../src/random/brownian-tree.js';

const key = { sweepSeed: 11, trialSeed: 4 };

function plant(options: Partial<BrownianTreeOptions> = {}): BrownianTree {
  return new BrownianTree({ key, purpose: 'test', t0: 0, t1: 1, entries: 3, ...options });
}

function increment(tree: BrownianTree, s: number, t: number): { readonly w: Float64Array; readonly h: Float64Array } {
  const [w, h] = [new Float64Array(tree.entries), new Float64Array(tree.entries)];
  tree.increment(s, t, w, h);
  return { w, h };
}

/** Three different times of [0, 1] in order; every other one a multiple of 2^−6. */
const times = fc
  .uniqueArray(
    fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 64 }).map((k) => k / 64),
    ),
    {
      minLength: 3,
      maxLength: 3,
      // Nearer than this the areas of the parts are lost in the rounding of the times themselves.
      comparator: (a, b) => Math.abs(a - b) < 1e-6,
    },
  )
  .map((list) => list.sort((a, b) => a - b));

describe('An increment of the Brownian tree', () => {
  it('is additive: W adds up, and H by its integral relation', () => {
    const tree = plant();
    fc.assert(
      fc.property(times, ([s, t, u]) => {
        const [left, right, all] = [increment(tree, s, t), increment(tree, t, u), increment(tree, s, u)];
        for (let entry = 0; entry < tree.entries; entry += 1) {
          expect(left.w[entry] + right.w[entry]).toBeCloseTo(all.w[entry], 13);
          // ∫ (W_r − W_s) dr = (t − s)(W/2 + H) adds up as integrals do.
          const integral = (t - s) * (left.w[entry] / 2 + left.h[entry]) + (u - t) * left.w[entry];
          const rest = (u - t) * (right.w[entry] / 2 + right.h[entry]);
          expect(integral + rest).toBeCloseTo((u - s) * (all.w[entry] / 2 + all.h[entry]), 13);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('depends on the interval alone: a fresh tree, other queries before, and more entries change no bit', () => {
    const used = plant();
    fc.assert(
      fc.property(times, ([s, t, u]) => {
        increment(used, s, u);
        const [here, fresh, wide] = [used, plant(), plant({ entries: 7 })].map((tree) => increment(tree, s, t));
        expect(here).toEqual(fresh);
        expect([...wide.w.subarray(0, 3), ...wide.h.subarray(0, 3)]).toEqual([...fresh.w, ...fresh.h]);
      }),
    );
  });

  it('keeps its bits over versions of this program', () => {
    const { w, h } = increment(plant({ entries: 1 }), 0.25, 0.7);
    expect([w[0], h[0]]).toMatchInlineSnapshot(`
      [
        1.5331492376198206,
        0.104454103341542,
      ]
    `);
  });

  it('is that of a fresh tree of the purpose it was replanted for', () => {
    const used = plant({ entries: 5, purpose: 'before' });
    for (const [s, t] of [
      [0.1, 0.3],
      [0.3, 0.9],
    ]) {
      increment(used, s, t);
    }
    used.replant('test');
    expect(increment(used, 0.1, 0.3)).toEqual(increment(plant({ entries: 5 }), 0.1, 0.3));
  });

  it('differs between purposes, keys and entries', () => {
    const trees = [plant(), plant({ purpose: 'other' }), plant({ key: { ...key, trialSeed: 5 } })];
    const values = trees.flatMap((tree) => [...increment(tree, 0, 0.5).w]);
    expect(new Set(values).size).toBe(9);
  });

  it('scales with the interval: Brownian motion on [2, 6] is that of [0, 1] at twice the size', () => {
    const [unit, wide] = [increment(plant(), 0.28125, 0.625), increment(plant({ t0: 2, t1: 6 }), 3.125, 4.5)];
    wide.w.forEach((value, entry) => expect(value).toBeCloseTo(2 * unit.w[entry], 14));
    wide.h.forEach((value, entry) => expect(value).toBeCloseTo(2 * unit.h[entry], 14));
  });

  it('keeps its relative precision on short intervals far from the start', () => {
    // [s, s + 2^−20] in two halves: each part is of size 2^−10, and their relation holds to rounding of that size.
    const tree = plant();
    const [s, width] = [0.7109375, 2 ** -20];
    const [left, right] = [increment(tree, s, s + width / 2), increment(tree, s + width / 2, s + width)];
    const all = increment(tree, s, s + width);
    all.h.forEach((value, entry) => {
      const joined = (left.h[entry] + right.h[entry]) / 2 + (left.w[entry] - right.w[entry]) / 4;
      expect(Math.abs(joined - value)).toBeLessThan(1e-15 * 2 ** -10 * 8);
    });
  });

  it('is continuous inside a leaf, where the path is a parabola', () => {
    const tree = plant({ depth: 2 });
    // Within the leaf [0.25, 0.5]: W at θ is θ W + 6 θ(1 − θ) H.
    const leaf = increment(tree, 0.25, 0.5);
    for (const theta of [0.1, 0.5, 0.9]) {
      const { w } = increment(tree, 0.25, 0.25 + 0.25 * theta);
      w.forEach((value, entry) =>
        expect(value).toBeCloseTo(theta * leaf.w[entry] + 6 * theta * (1 - theta) * leaf.h[entry], 14),
      );
    }
    const { w } = increment(tree, 0.3, 0.3 + 1e-12);
    for (const value of w) expect(Math.abs(value)).toBeLessThan(1e-10);
  });
});

describe('The law of the increments', () => {
  const entries = 200_000;
  const tree = plant({ entries });
  const moments = (values: Float64Array, f: (x: number, i: number) => number): number =>
    values.reduce((sum, x, i) => sum + f(x, i), 0) / entries;
  /** Standard errors by which the mean of x·y lies off `expected`, for normals x, y of unit variance. */
  const deviation = (x: Float64Array, y: Float64Array, expected: number): number =>
    Math.abs(moments(x, (value, i) => value * y[i]) - expected) / Math.sqrt((1 + expected ** 2) / entries);
  const scaled = (values: Float64Array, size: number): Float64Array => values.map((value) => value / size);

  // An interval of nodes only, and one whose ends are no nodes at any depth.
  it.each([
    [0.25, 0.625],
    [0.1, 0.7],
  ])('on [%d, %d]: W ~ N(0, h), dZ = 2√3 H ~ N(0, h), uncorrelated, with normal tails', (s, t) => {
    const { w, h } = increment(tree, s, t);
    const dW = scaled(w, Math.sqrt(t - s));
    const dZ = scaled(h, Math.sqrt((t - s) / 12));
    const unit = new Float64Array(entries).fill(1);
    for (const z of [dW, dZ]) {
      expect(Math.abs(moments(z, (x) => x)) * Math.sqrt(entries)).toBeLessThan(4);
      expect(deviation(z, z, 1)).toBeLessThan(4);
      expect(Math.abs(moments(z, (x) => x ** 3)) / Math.sqrt(15 / entries)).toBeLessThan(4);
      expect(Math.abs(moments(z, (x) => x ** 4) - 3) / Math.sqrt(96 / entries)).toBeLessThan(4);
      expect(deviation(z, unit, 0)).toBeLessThan(4);
    }
    expect(deviation(dW, dZ, 0)).toBeLessThan(4);
    // Squares too: independence, not only zero correlation.
    const mixed = moments(dW, (x, i) => (x ** 2 - 1) * (dZ[i] ** 2 - 1));
    expect(Math.abs(mixed) / (2 / Math.sqrt(entries))).toBeLessThan(4);
  });

  it('has independent increments on disjoint intervals and independent entries', () => {
    const [left, right] = [increment(tree, 0.1, 0.4), increment(tree, 0.4, 0.9)];
    const [wl, wr] = [scaled(left.w, Math.sqrt(0.3)), scaled(right.w, Math.sqrt(0.5))];
    const [hl, hr] = [scaled(left.h, Math.sqrt(0.3 / 12)), scaled(right.h, Math.sqrt(0.5 / 12))];
    for (const a of [wl, hl]) for (const b of [wr, hr]) expect(deviation(a, b, 0)).toBeLessThan(4);
    const neighbour = Float64Array.from({ length: entries }, (_, i) => wl[(i + 1) % entries]);
    expect(deviation(wl, neighbour, 0)).toBeLessThan(4);
  });
});

describe('A Brownian tree refuses', () => {
  it.each<[string, () => unknown]>([
    ['forwards in time', () => increment(plant(), 0.5, 0.25)],
    ['forwards in time', () => increment(plant(), 0.5, 0.5)],
    ['within [0, 1]', () => increment(plant(), 0.5, 1.1)],
    ['within [0, 1]', () => increment(plant(), NaN, 0.5)],
    ['t0 < t1', () => plant({ t0: 1, t1: 1 })],
    ['t0 < t1', () => plant({ t1: Infinity })],
    ['entries', () => plant({ entries: 0 })],
    ['depth', () => plant({ depth: 49 })],
    ['arrays hold 3 and 2', () => plant().increment(0, 1, new Float64Array(3), new Float64Array(2))],
  ])('what means nothing: %s', (message, act) => {
    expect(act).toThrow(message);
  });
});

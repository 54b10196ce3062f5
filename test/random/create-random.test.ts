import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random/create-random.js';
import type { RandomStream } from '../../src/random/random.js';

const key = { sweepSeed: 20_240, trialSeed: 7 };
const take = (count: number, draw: () => number) => Array.from({ length: count }, draw);
const uniforms = (count: number, purpose: string, from = key) => {
  const stream = createRandom(from, purpose);
  return take(count, () => stream.uniform());
};

describe('createRandom', () => {
  it('keeps the numbers that stored results depend on', () => {
    const stream = createRandom({ sweepSeed: 0, trialSeed: 0 }, 'weights');
    expect(take(3, () => stream.uniform())).toEqual([0.35046650906128995, 0.40224019314932846, 0.22525342289032024]);
    expect(take(3, () => stream.normal())).toEqual([-0.1112493791559147, 1.0378350595746968, 0.5504154942673801]);
    expect(take(3, () => stream.integer(1000))).toEqual([998, 695, 486]);
    expect([...stream.permutation(8)]).toEqual([3, 6, 5, 1, 0, 7, 2, 4]);
  });

  it('begins the same stream anew for the same key and purpose', () => {
    expect(uniforms(100, 'weights', { ...key })).toEqual(uniforms(100, 'weights'));
  });

  it('goes on from a position as if it had drawn everything before', () => {
    const draws = {
      uniform: (stream: RandomStream) => stream.uniform(),
      normal: (stream: RandomStream) => stream.normal(),
      integer: (stream: RandomStream) => stream.integer(1000),
      permutation: (stream: RandomStream) => [...stream.permutation(5)],
    };
    const mixture = fc.array(fc.constantFrom(...(Object.keys(draws) as (keyof typeof draws)[])), { maxLength: 30 });
    fc.assert(
      fc.property(mixture, mixture, fc.nat(9), (before, after, others) => {
        const stream = createRandom(key, 'batches');
        for (const draw of before) draws[draw](stream);
        const position = stream.position();
        const expected = after.map((draw) => draws[draw](stream));
        const resumed = createRandom(key, 'batches');
        take(others, () => resumed.normal());
        resumed.seek(position);
        expect(resumed.position()).toEqual(position);
        expect(after.map((draw) => draws[draw](resumed))).toEqual(expected);
      }),
    );
    expect(() => createRandom(key, 'batches').seek({ words: -1, waitingNormal: null })).toThrow('position');
  });

  it('does not let the draws of one stream shift another', () => {
    const one = createRandom(key, 'one');
    const other = createRandom(key, 'other');
    const interleaved = take(50, () => {
      one.normal();
      return other.uniform();
    });
    expect(interleaved).toEqual(uniforms(50, 'other'));
  });

  it.each([
    ['purposes', 'weights', key, 'batches', key],
    ['sweep seeds', 'weights', key, 'weights', { ...key, sweepSeed: key.sweepSeed + 1 }],
    ['trial seeds', 'weights', key, 'weights', { ...key, trialSeed: key.trialSeed + 1 }],
  ])('gives uncorrelated streams for different %s, at any small lag', (_, purposeA, keyA, purposeB, keyB) => {
    const n = 50_000;
    const a = uniforms(n, purposeA, keyA);
    const b = uniforms(n, purposeB, keyB);
    for (let lag = 0; lag < 8; lag += 1) {
      let sum = 0;
      for (let i = lag; i < n; i += 1) sum += (a[i - lag] - 0.5) * (b[i] - 0.5);
      expect(Math.abs((12 * sum) / Math.sqrt(n - lag)), `lag ${lag}`).toBeLessThan(4.5);
    }
  });

  it('refuses a key out of range at once, not at the first draw', () => {
    expect(() => createRandom({ sweepSeed: -1, trialSeed: 0 }, 'weights')).toThrow(/sweep seed/);
  });
});

describe('uniformBetween', () => {
  const stream = createRandom(key, 'uniform between');

  it('stays in [low, high) for any finite interval, however narrow', () => {
    const end = fc.double({ min: -1e300, max: 1e300, noNaN: true });
    fc.assert(
      fc.property(end, end, (a, b) => {
        fc.pre(a !== b);
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const value = stream.uniformBetween(low, high);
        return low <= value && value < high;
      }),
      { numRuns: 2000, seed: 2 },
    );
    expect(take(200, () => stream.uniformBetween(1, 1 + Number.EPSILON))).toEqual(Array(200).fill(1));
  });

  it('has the mean and variance of its interval', () => {
    const n = 100_000;
    const values = take(n, () => stream.uniformBetween(-3, 5));
    const mean = values.reduce((sum, v) => sum + v, 0) / n;
    const variance = values.reduce((sum, v) => sum + (v - 1) ** 2, 0) / n;
    expect(Math.abs(mean - 1)).toBeLessThan(4.5 * Math.sqrt(64 / 12 / n));
    expect(Math.abs(variance - 64 / 12)).toBeLessThan(0.08);
  });

  it.each([
    [1, 1],
    [2, 1],
    [0, NaN],
    [0, Infinity],
    [-1.7e308, 1.7e308],
  ])('refuses the interval from %d to %d', (low, high) => {
    expect(() => stream.uniformBetween(low, high)).toThrow(/low < high/);
  });
});

describe('integer', () => {
  it.each([1, 2, 3, 1000, 2 ** 31 + 1, 2 ** 32])('stays in [0, %d)', (bound) => {
    const stream = createRandom(key, 'integer range');
    for (const value of take(500, () => stream.integer(bound))) {
      expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
    }
  });

  it('gives every value of a small bound equally often', () => {
    const stream = createRandom(key, 'dice');
    const counts = new Array<number>(7).fill(0);
    for (const value of take(70_000, () => stream.integer(7))) counts[value] = counts[value] + 1;
    // Chi-square with 6 degrees of freedom exceeds 22.5 once in a thousand.
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(22.5);
  });

  it('has no modulo bias where taking remainders of words would prefer the lower third', () => {
    const stream = createRandom(key, 'bias');
    // Of 2^32 words, remainders modulo 3·2^30 hit the first 2^30 values twice: half of all draws, not a third.
    const n = 30_000;
    const low = take(n, () => stream.integer(3 * 2 ** 30)).filter((value) => value < 2 ** 30).length;
    expect(Math.abs(low - n / 3)).toBeLessThan(4.5 * Math.sqrt((n * 2) / 9));
  });

  it.each([0, -1, 1.5, NaN, 2 ** 32 + 1])('refuses the bound %d', (bound) => {
    expect(() => createRandom(key, 'integer').integer(bound)).toThrow(/bound .*\[1, 2\^32\]/);
  });
});

describe('permutation', () => {
  it('holds every index once, for any count', () => {
    const stream = createRandom(key, 'permutation');
    fc.assert(
      fc.property(fc.nat(300), (count) => {
        expect([...stream.permutation(count)].sort((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, i) => i),
        );
      }),
      { seed: 3 },
    );
  });

  it('gives each of the 24 orders of four equally often', () => {
    const stream = createRandom(key, 'orders');
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i += 1) {
      const order = stream.permutation(4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // Chi-square with 23 degrees of freedom exceeds 49.7 once in a thousand.
    expect([...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(49.7);
  });

  it.each([-1, 1.5, NaN, 2 ** 32 + 1])('refuses the count %d', (count) => {
    expect(() => createRandom(key, 'permutation').permutation(count)).toThrow(/count/);
  });
});

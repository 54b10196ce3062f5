import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Domain, Space } from '../../src/samplers/domain.js';
import { haltonDimensions, haltonPoints } from '../../src/samplers/halton.js';
import { randomPoint } from '../../src/samplers/random-points.js';
import { directionSeeds, sobolDimensions } from '../../src/samplers/sobol-directions.js';
import { sobolPoints, sobolWord } from '../../src/samplers/sobol.js';

const unit: Domain = { kind: 'range', min: 0, max: 1, logarithmic: false, step: null };
/** Two letters, so that the order of the names is that of the dimensions. */
const cube = (dimensions: number): Space =>
  new Map(
    Array.from({ length: dimensions }, (_, k) => [`p${String.fromCharCode(97 + (k >> 4), 97 + (k & 15))}`, unit]),
  );

type Method = (space: Space, seed: number) => (index: number) => Readonly<Record<string, unknown>>;
const methods: Readonly<Record<string, Method>> = {
  sobol: sobolPoints,
  halton: haltonPoints,
  random: (space, seed) => (index) => randomPoint(space, seed, index),
};

const points = (method: string, dimensions: number, count: number, seed: number): readonly (readonly number[])[] => {
  const point = methods[method](cube(dimensions), seed);
  return Array.from({ length: count }, (_, index) => Object.values(point(index)).map(Number));
};

/** Centred L2 discrepancy (Hickernell 1998, equation 5.1c). */
function discrepancy(sample: readonly (readonly number[])[]): number {
  const n = sample.length;
  const product = (factors: readonly number[]): number => factors.reduce((a, b) => a * b, 1);
  const centred = sample.map((point) => point.map((x) => Math.abs(x - 0.5)));
  const first = (13 / 12) ** sample[0].length;
  const second = centred.reduce((sum, point) => sum + product(point.map((c) => 1 + c / 2 - (c * c) / 2)), 0);
  let third = 0;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < n; j += 1) {
      third += product(
        sample[i].map((x, k) => 1 + centred[i][k] / 2 + centred[j][k] / 2 - Math.abs(x - sample[j][k]) / 2),
      );
    }
  }
  return Math.sqrt(first - (2 / n) * second + third / (n * n));
}

/** How many of the points lie in each of the boxes of 2^a × 2^b × … that split the cube. */
function occupancy(sample: readonly (readonly number[])[], splits: readonly number[]): readonly number[] {
  const boxes = new Array<number>(2 ** splits.reduce((a, b) => a + b, 0)).fill(0);
  for (const point of sample) {
    const box = splits.reduce((index, bits, k) => index * 2 ** bits + Math.floor(point[k] * 2 ** bits), 0);
    boxes[box] += 1;
  }
  return boxes;
}

describe("Sobol' numbers", () => {
  it('begin as published', () => {
    // Joe and Kuo's example of three dimensions, in units of 1/16.
    const published = [
      [0, 0, 0], [8, 8, 8], [12, 4, 4], [4, 12, 12], [6, 6, 10], [14, 14, 2], [10, 2, 14], [2, 10, 6],
      [3, 5, 15], [11, 13, 7],
    ]; // prettier-ignore
    expect(published.map((_, index) => [0, 1, 2].map((k) => sobolWord(k, index) / 2 ** 28))).toEqual(published);
  });

  it('are those of scipy in every dimension', () => {
    // scipy 1.17.1: qmc.Sobol(64, scramble=False, bits=32).random(1024)[777] in units of 2^-10.
    const expected = [
      709, 959, 167, 281, 651, 365, 195, 781, 357, 331, 763, 713, 393, 485, 583, 527, 413, 885, 379, 771, 243, 279,
      969, 493, 353, 149, 61, 799, 65, 113, 555, 921, 115, 3, 825, 969, 473, 359, 351, 367, 739, 273, 971, 411, 329,
      155, 385, 33, 795, 975, 85, 37, 631, 725, 709, 933, 365, 661, 821, 565, 525, 501, 141, 437,
    ]; // prettier-ignore
    expect(Array.from({ length: sobolDimensions }, (_, k) => sobolWord(k, 777) / 2 ** 22)).toEqual(expected);
  });

  it('come from primitive polynomials, each once, and odd m_i below 2^i', () => {
    const seen = new Set<number>();
    for (const { coefficients, initial } of directionSeeds) {
      const degree = initial.length;
      const polynomial = (1 << degree) | (coefficients << 1) | 1;
      // Primitive: x has the order 2^s − 1 in the field of the polynomial.
      let [power, order] = [2 % polynomial, 1];
      if (degree === 1) power = 1;
      while (power !== 1) {
        power <<= 1;
        if (power >> degree === 1) power ^= polynomial;
        order += 1;
      }
      expect(order).toBe(2 ** degree - 1);
      expect(seen.has(polynomial)).toBe(false);
      seen.add(polynomial);
      initial.forEach((m, i) => expect(m % 2 === 1 && m < 2 ** (i + 1)).toBe(true));
    }
  });
});

describe("Scrambled Sobol' points", () => {
  it('are a (0, m, 2)-net in base 2: every elementary box has its one point, in any aligned block and for any seed', () => {
    const m = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(m, fc.nat(5), fc.nat(), (bits, block, seed) => {
        const point = sobolPoints(cube(2), seed);
        const sample = Array.from({ length: 2 ** bits }, (_, k) =>
          Object.values(point(block * 2 ** bits + k)).map(Number),
        );
        for (let a = 0; a <= bits; a += 1) expect(occupancy(sample, [a, bits - a])).toEqual(Array(2 ** bits).fill(1));
      }),
      { numRuns: 60 },
    );
  });

  it('have one point in each of 2^m intervals of every one of the 64 dimensions', () => {
    const sample = points('sobol', sobolDimensions, 64, 5);
    for (let k = 0; k < sobolDimensions; k += 1) {
      expect(occupancy(sample.map((point) => [point[k]]), [6])).toEqual(Array(64).fill(1)); // prettier-ignore
    }
  });

  it('do not begin in a corner, and differ between seeds by more than a shift', () => {
    const [one, two] = [points('sobol', 1, 8, 1), points('sobol', 1, 8, 2)].map((sample) => sample.flat());
    expect(Math.min(one[0], two[0])).toBeGreaterThan(1e-6);
    const shifts = one.map((x, k) => Math.round((x - two[k]) * 1e6));
    expect(new Set(shifts).size).toBeGreaterThan(4);
  });
});

describe('Halton points', () => {
  it('have one point in each of b^k intervals of the dimension with the prime b', () => {
    const primes = [2, 3, 5, 7, 11];
    for (const seed of [0, 9]) {
      const sample = points('halton', primes.length, 343, seed);
      for (const [k, base] of primes.entries()) {
        const count = base ** Math.floor(Math.log(343.5) / Math.log(base));
        const cells = sample.slice(0, count).map((point) => Math.floor(point[k] * count + 1e-9));
        expect(new Set(cells).size).toBe(count);
      }
    }
  });

  it('exist in 64 dimensions', () => {
    expect(haltonDimensions).toBe(64);
    const sample = points('halton', haltonDimensions, 20, 3).flat();
    expect(Math.min(...sample)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...sample)).toBeLessThan(1);
  });
});

describe.each(['sobol', 'halton'])('Points of %s', (method) => {
  it('depend on seed, index and the order of names alone', () => {
    const space: Space = new Map<string, Domain>([['a', unit], ['fixed', { kind: 'values', values: [3] }], ['b', unit]]); // prettier-ignore
    const turned: Space = new Map([['b', unit], ['a', unit]]); // prettier-ignore
    const [one, other] = [methods[method](space, 7), methods[method](turned, 7)];
    for (let index = 0; index < 20; index += 1) expect(one(index)).toEqual({ ...other(index), fixed: 3 });
    expect(methods[method](turned, 8)(4)).not.toEqual(other(4));
  });

  it.each([2, 4, 6])('have less than half of the discrepancy of random ones in %i dimensions', (dimensions) => {
    for (const seed of [1, 2, 3]) {
      const [even, chance] = [method, 'random'].map((name) => discrepancy(points(name, dimensions, 128, seed)));
      expect(even).toBeLessThan(chance / 2);
    }
  });

  it('give listed values, integers and logarithms their equal shares', () => {
    const space: Space = new Map<string, Domain>([
      ['list', { kind: 'values', values: ['a', 'b', 'c', 'd'] }],
      ['integer', { kind: 'integers', min: 1, max: 3 }],
      ['decade', { kind: 'range', min: 1e-4, max: 1, logarithmic: true, step: null }],
    ]);
    const sequence = methods[method](space, 11);
    const drawn = Array.from({ length: 288 }, (_, index) => sequence(index));
    const share = (holds: (point: Readonly<Record<string, unknown>>) => boolean): number => drawn.filter(holds).length;
    for (const value of ['a', 'b', 'c', 'd'])
      expect(Math.abs(share(({ list }) => list === value) - 72)).toBeLessThan(4);
    for (const value of [1, 2, 3]) expect(Math.abs(share(({ integer }) => integer === value) - 96)).toBeLessThan(4);
    for (const low of [1e-4, 1e-3, 1e-2, 1e-1]) {
      const within = share(({ decade }) => Number(decade) >= low && Number(decade) < 10 * low);
      expect(Math.abs(within - 72)).toBeLessThan(5);
    }
  });
});

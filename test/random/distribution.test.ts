import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random/create-random.js';

/** Seeds are fixed: each limit below is passed or not, once and for all. They are set at odds of 1 : 1000 or less. */
const key = { sweepSeed: 5, trialSeed: 3 };
const COUNT = 400_000;
/** √n · D of Kolmogorov and Smirnov exceeds this once in a thousand. */
const KS_LIMIT = 1.95;

function draw(purpose: string, kind: 'uniform' | 'normal'): Float64Array {
  const stream = createRandom(key, purpose);
  return Float64Array.from({ length: COUNT }, () => stream[kind]());
}

function ksStatistic(values: Float64Array, distribution: (x: number) => number): number {
  let worst = 0;
  values.toSorted().forEach((x, i) => {
    const p = distribution(x);
    worst = Math.max(worst, p - i / COUNT, (i + 1) / COUNT - p);
  });
  return worst * Math.sqrt(COUNT);
}

/** Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …). */
function normalDistribution(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-17; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

const mean = (values: Float64Array, f: (x: number) => number) => values.reduce((sum, x) => sum + f(x), 0) / COUNT;
/** How many standard errors the mean of f lies from its expectation. */
const deviation = (values: Float64Array, f: (x: number) => number, expected: number, variance: number) =>
  Math.abs(mean(values, f) - expected) / Math.sqrt(variance / COUNT);

describe('uniform', () => {
  const values = draw('uniform', 'uniform');

  it('stays in [0, 1) on multiples of 2^−53, of which half are odd', () => {
    let odd = 0;
    for (const u of values) {
      const scaled = u * 2 ** 53;
      if (!(u >= 0 && u < 1 && Number.isInteger(scaled))) expect.fail(`${u} is no multiple of 2^−53 in [0, 1)`);
      odd += scaled % 2;
    }
    expect(Math.abs(odd - COUNT / 2)).toBeLessThan(4 * Math.sqrt(COUNT / 4));
  });

  it('has the first four moments of U[0, 1)', () => {
    for (let power = 1; power <= 4; power += 1) {
      const expected = 1 / (power + 1);
      const variance = 1 / (2 * power + 1) - expected ** 2;
      expect(
        deviation(values, (u) => u ** power, expected, variance),
        `moment ${power}`,
      ).toBeLessThan(4);
    }
  });

  it('follows the uniform distribution by Kolmogorov–Smirnov', () => {
    expect(ksStatistic(values, (u) => u)).toBeLessThan(KS_LIMIT);
  });

  it('fills the cells of a 16 × 16 grid evenly with its consecutive pairs', () => {
    const counts = new Float64Array(256);
    for (let i = 0; i < COUNT; i += 2) {
      const cell = Math.floor(16 * values[i]) * 16 + Math.floor(16 * values[i + 1]);
      counts[cell] = counts[cell] + 1;
    }
    const expected = COUNT / 2 / 256;
    // Chi-square with 255 degrees of freedom exceeds 330.5 once in a thousand.
    expect(counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(330.5);
  });
});

describe('normal', () => {
  const values = draw('normal', 'normal');

  it('has the first four moments of N(0, 1)', () => {
    expect(
      deviation(values, (x) => x, 0, 1),
      'mean',
    ).toBeLessThan(4);
    expect(
      deviation(values, (x) => x ** 2, 1, 2),
      'variance',
    ).toBeLessThan(4);
    expect(
      deviation(values, (x) => x ** 3, 0, 15),
      'skewness',
    ).toBeLessThan(4);
    expect(
      deviation(values, (x) => x ** 4, 3, 96),
      'kurtosis',
    ).toBeLessThan(4);
  });

  it('follows the normal distribution by Kolmogorov–Smirnov', () => {
    expect(ksStatistic(values, normalDistribution)).toBeLessThan(KS_LIMIT);
  });

  it.each([2, 3, 4])('has as much weight beyond ±%d as N(0, 1), on either side', (edge) => {
    const p = normalDistribution(-edge);
    const allowed = 4 * Math.sqrt(COUNT * p);
    expect(Math.abs(values.filter((x) => x > edge).length - COUNT * p)).toBeLessThan(allowed);
    expect(Math.abs(values.filter((x) => x < -edge).length - COUNT * p)).toBeLessThan(allowed);
  });

  it('gives pairs whose two values are uncorrelated, in value and in size', () => {
    let product = 0;
    let productOfSquares = 0;
    for (let i = 0; i < COUNT; i += 2) {
      const [x, y] = [values[i], values[i + 1]];
      product += x * y;
      productOfSquares += (x * x - 1) * (y * y - 1);
    }
    const pairs = COUNT / 2;
    expect(Math.abs(product) / Math.sqrt(pairs)).toBeLessThan(4);
    expect(Math.abs(productOfSquares) / Math.sqrt(4 * pairs)).toBeLessThan(4);
  });
});

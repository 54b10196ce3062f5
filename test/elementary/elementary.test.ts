import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exp, log, pow } from '../../src/elementary/elementary.js';

/** Distance in units in the last place of the expected value. */
function ulps(actual: number, expected: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const words = new DataView(new ArrayBuffer(8));
  words.setFloat64(0, Math.abs(expected));
  words.setBigUint64(0, words.getBigUint64(0) + 1n);
  return Math.abs(actual - expected) / (words.getFloat64(0) - Math.abs(expected));
}

const positive = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });

describe('The elementary functions', () => {
  it('log is within 2 ulp of the host, subnormal numbers included', () => {
    fc.assert(
      fc.property(positive, (x) => ulps(log(x), Math.log(x)) <= 2),
      { numRuns: 5000 },
    );
  });

  it('log is within 2 ulp of the host around 1', () => {
    const near = fc.double({ min: 0.5, max: 2, noNaN: true });
    fc.assert(
      fc.property(near, (x) => ulps(log(x), Math.log(x)) <= 2),
      { numRuns: 5000 },
    );
  });

  it('exp is within 2 ulp of the host from underflow to overflow', () => {
    const range = fc.double({ min: -740, max: 709.7, noNaN: true });
    fc.assert(
      fc.property(range, (x) => ulps(exp(x), Math.exp(x)) <= 2),
      { numRuns: 5000 },
    );
  });

  it('pow is within a few ulp times |p ln x| of the host', () => {
    const base = fc.double({ min: 1e-12, max: 1e12, noNaN: true });
    const exponent = fc.double({ min: -2, max: 2, noNaN: true });
    fc.assert(
      fc.property(base, exponent, (x, p) => {
        expect(ulps(pow(x, p), x ** p)).toBeLessThanOrEqual(3 + 2 * Math.abs(p * Math.log(x)));
      }),
      { numRuns: 5000 },
    );
  });

  it('keeps the special values', () => {
    expect([log(0), log(-1), log(Infinity), log(NaN), log(1)]).toEqual([-Infinity, NaN, Infinity, NaN, 0]);
    expect([exp(-Infinity), exp(Infinity), exp(NaN), exp(0), exp(-800), exp(800)]).toEqual([
      0,
      Infinity,
      NaN,
      1,
      0,
      Infinity,
    ]);
    expect([pow(0, 0.5), pow(0, -0.5), pow(3, 0), pow(Infinity, -1)]).toEqual([0, Infinity, 1, 0]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exp, log, pow } from '../../src/elementary/elementary.js';

const SMALLEST = Number.MIN_VALUE;
const LARGEST = Number.MAX_VALUE;
const SMALLEST_NORMAL = 2.2250738585072014e-308;
const runs = { numRuns: 20_000, seed: 20_240 };

/** The distance from |x| to the next double away from zero. */
function ulp(x: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Math.abs(x));
  bits.setBigUint64(0, bits.getBigUint64(0) + 1n);
  return bits.getFloat64(0) - Math.abs(x);
}

/** |actual − expected| in ulps of expected; 0 where both are the same infinity or NaN. */
function ulps(actual: number, expected: number): number {
  return Object.is(actual, expected) ? 0 : Math.abs(actual - expected) / ulp(expected);
}

/** Doubles whose bit patterns are uniform: every exponent, the subnormals included, is equally likely. */
const positive = fc.double({ min: SMALLEST, max: LARGEST, noNaN: true });

describe('log', () => {
  it('is within 2 ulp of Math.log over all positive doubles', () => {
    fc.assert(
      fc.property(positive, (x) => ulps(log(x), Math.log(x)) <= 2),
      runs,
    );
  });

  it('is within 2 ulp of Math.log near 1, where the logarithm is small', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (x) => ulps(log(x), Math.log(x)) <= 2),
      runs,
    );
    for (const x of [1 - 2 ** -53, 1 + 2 ** -52, Math.SQRT1_2, Math.SQRT2, Math.SQRT2 + 2 ** -52]) {
      expect(ulps(log(x), Math.log(x))).toBeLessThanOrEqual(2);
    }
  });

  it('is within 2 ulp of Math.log for subnormal numbers', () => {
    fc.assert(
      fc.property(
        fc.double({ min: SMALLEST, max: SMALLEST_NORMAL, noNaN: true }),
        (x) => ulps(log(x), Math.log(x)) <= 2,
      ),
      runs,
    );
  });

  it('is exactly 0 at 1 and the rounded multiple of ln 2 at every power of two', () => {
    expect(log(1)).toBe(0);
    for (let k = -1074; k <= 1023; k += 1) {
      expect(ulps(log(2 ** k), k * Math.LN2), `log 2^${k}`).toBeLessThanOrEqual(1);
    }
  });

  it('is −Infinity at both zeros, Infinity at Infinity and NaN for negative numbers and NaN', () => {
    expect(log(0)).toBe(-Infinity);
    expect(log(-0)).toBe(-Infinity);
    expect(log(Infinity)).toBe(Infinity);
    for (const x of [-SMALLEST, -1, -Infinity, NaN]) expect(log(x)).toBeNaN();
  });
});

describe('exp', () => {
  it('is within 2 ulp of Math.exp wherever the result is a normal number', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(1e-12, 1, 10, 708, 709.78),
        fc.constantFrom(1, -1),
        (fraction, scale, sign) => {
          const x = Math.max(-708, sign * scale * fraction);
          return ulps(exp(x), Math.exp(x)) <= 2;
        },
      ),
      runs,
    );
  });

  it('stays within 2 ulp on an even grid from underflow to overflow', () => {
    let worst = 0;
    for (let i = -745_000; i <= 709_000; i += 7) worst = Math.max(worst, ulps(exp(i / 1000), Math.exp(i / 1000)));
    expect(worst).toBeLessThanOrEqual(2);
  });

  it('rounds subnormal results to within one unit of the last place', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -745.2, max: -708.3, noNaN: true }),
        (x) => Math.abs(exp(x) - Math.exp(x)) <= Math.max(SMALLEST, 2 * ulp(Math.exp(x))),
      ),
      runs,
    );
  });

  it('gives the smallest subnormal at the last argument above underflow and 0 beyond', () => {
    expect(exp(-745.1332191019411)).toBe(SMALLEST);
    expect(exp(-745.1332191019412)).toBe(0);
    expect(exp(-745.2)).toBe(0);
    expect(exp(-Infinity)).toBe(0);
  });

  it('stays finite up to ln of the largest double and is Infinity beyond', () => {
    expect(ulps(exp(709.782712893384), Math.exp(709.782712893384))).toBeLessThanOrEqual(2);
    expect(exp(709.7827128933841)).toBe(Infinity);
    expect(exp(Infinity)).toBe(Infinity);
  });

  it('is exactly 1 at both zeros and for subnormal arguments, and NaN for NaN', () => {
    for (const x of [0, -0, SMALLEST, -SMALLEST]) expect(exp(x)).toBe(1);
    expect(exp(NaN)).toBeNaN();
  });

  it('undoes log to the accuracy that the logarithm leaves', () => {
    fc.assert(
      fc.property(positive, (x) => ulps(exp(log(x)), x) <= 4 + 2 * Math.abs(Math.log(x))),
      runs,
    );
  });
});

describe('pow', () => {
  it('is within 2 + 2 |p ln x| ulp of Math.pow wherever the result is finite', () => {
    fc.assert(
      fc.property(positive, fc.double({ min: -8, max: 8, noNaN: true }), (x, p) => {
        const expected = Math.pow(x, p);
        const allowed = 2 + 2 * Math.abs(p * Math.log(x));
        // At the edge of the range one side may already be infinite, within the allowed error.
        if (expected === Infinity || pow(x, p) === Infinity) return p * Math.log(x) > 709.78;
        return ulps(pow(x, p), expected) <= allowed;
      }),
      runs,
    );
  });

  it('is within 4 ulp for the exponents and error ratios of a step size controller', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 10, noNaN: true }),
        fc.constantFrom(-1 / 5, -1 / 3, 0.7 / 5, -0.4 / 5),
        (x, p) => ulps(pow(x, p), Math.pow(x, p)) <= 4,
      ),
      runs,
    );
  });

  it('agrees with Math.pow at 0, 1, Infinity and NaN', () => {
    for (const x of [0, 1, Infinity, NaN, 2]) {
      for (const p of [0, -0, 1, -1, Infinity, -Infinity, NaN]) {
        expect(ulps(pow(x, p), Math.pow(x, p)), `${x}^${p}`).toBeLessThanOrEqual(4);
      }
    }
  });

  it('is NaN for a negative base unless the exponent is 0', () => {
    expect(pow(-2, 2)).toBeNaN();
    expect(pow(-2, 0)).toBe(1);
  });

  it('has the same bits as when it was written', () => {
    expect([log(3), exp(-2.5), pow(0.37, -0.2)]).toEqual([1.0986122886681096, 0.0820849986238988, 1.2199995070269016]);
  });
});

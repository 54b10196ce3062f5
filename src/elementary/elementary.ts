/**
 * exp, log and pow from exactly rounded arithmetic alone, so that step sizes and schedules have the same
 * bits on every machine and in every JavaScript engine (the language leaves Math.exp, log and pow to the
 * implementation).
 *
 * Method: argument reduction by powers of two, then the truncated series; about 1–2 ulp, tested against
 * Math.*. Subnormal inputs of `log` are scaled first; `exp` underflows to 0 and overflows to Infinity.
 */

/** ln 2 split so that k·LN2_HIGH is exact for |k| < 2^20. */
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const SQRT2 = 1.4142135623730951;
const TWO_TO_54 = 2 ** 54;

/** x = mantissa · 2^exponent with mantissa in [√½, √2); x positive, finite. */
function split(x: number): { mantissa: number; exponent: number } {
  const words = new DataView(new ArrayBuffer(8));
  let shift = 0;
  if (x < 2.2250738585072014e-308) {
    x *= TWO_TO_54;
    shift = -54;
  }
  words.setFloat64(0, x);
  const high = words.getUint32(0);
  words.setUint32(0, (high & 0x000fffff) | 0x3ff00000);
  const mantissa = words.getFloat64(0);
  const exponent = ((high >>> 20) & 0x7ff) - 1023 + shift;
  return mantissa > SQRT2 ? { mantissa: mantissa / 2, exponent: exponent + 1 } : { mantissa, exponent };
}

/** Natural logarithm. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  const { mantissa, exponent } = split(x);
  // log m = 2 artanh s, s = (m − 1)/(m + 1), |s| ≤ 0.1716: eleven terms leave 2^−60.
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  let series = 0;
  for (let n = 23; n >= 3; n -= 2) series = z * (1 / n + series);
  // f − s·(f − 2·series) instead of 2s(1 + series): keeps the leading term exact.
  return exponent * LN2_HIGH + (f - (s * (f - 2 * series) - exponent * LN2_LOW));
}

/** e^x. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  const k = Math.round(x / Math.LN2);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let tail = 0;
  for (let n = 14; n >= 2; n -= 1) tail = (r / n) * (1 + tail);
  return scaleByPowerOfTwo(1 + r * (1 + tail), k);
}

/** x^p for x ≥ 0 (the only case a norm needs); accurate to a few ulp times |p ln x|. */
export function pow(x: number, p: number): number {
  if (p === 0) return 1;
  return exp(p * log(x));
}

function scaleByPowerOfTwo(x: number, k: number): number {
  // In two halves, so that neither factor over- nor underflows where the product does not.
  const half = Math.trunc(k / 2);
  return x * powerOfTwo(half) * powerOfTwo(k - half);
}

function powerOfTwo(k: number): number {
  const words = new DataView(new ArrayBuffer(8));
  words.setUint32(0, (k + 1023) << 20);
  return words.getFloat64(0);
}

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
const TWO_TO_54 = powerOfTwo(54);
const SMALLEST_NORMAL = powerOfTwo(-1022);

/** The binary search of `split`: a number in [2^(1 − 2k), 2^(2k)) comes out of step k in [2^(1 − k), 2^k). */
const SCALINGS = [512, 256, 128, 64, 32, 16, 8, 4, 2, 1].map((k) => ({
  k,
  up: powerOfTwo(k),
  down: powerOfTwo(-k),
  tooSmall: powerOfTwo(1 - k),
}));

/** 1/(2j + 1), j = 11..1: artanh s = s + s·(z/3 + z²/5 + …), z = s². For |s| ≤ 0.1716 this leaves 2^−60. */
const ODD_RECIPROCALS = [23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3].map((n) => 1 / n);

/** 1/n!, n = 14..2; the factorials are exact. For |r| ≤ ½ ln 2 the series of e^r leaves 2^−63. */
const RECIPROCAL_FACTORIALS = [14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((n) => 1 / factorial(n));

/** Natural logarithm; NaN below zero, −Infinity at both zeros. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  const { mantissa, exponent } = split(x);
  // log m = 2 artanh s, s = (m − 1)/(m + 1).
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  let series = 0;
  for (const coefficient of ODD_RECIPROCALS) series = z * (coefficient + series);
  // f − s·(f − 2·series) instead of 2s(1 + series): keeps the leading term exact.
  return exponent * LN2_HIGH + (f - (s * (f - 2 * series) - exponent * LN2_LOW));
}

/** e^x; results below the normal range are rounded once, to the nearest subnormal. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  const k = Math.round(x / Math.LN2);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let series = 0;
  for (const coefficient of RECIPROCAL_FACTORIALS) series = coefficient + r * series;
  // In two halves, so that neither factor over- nor underflows where the product does not.
  const half = Math.trunc(k / 2);
  return (1 + (r + r * r * series)) * powerOfTwo(half) * powerOfTwo(k - half);
}

/** x^p for x ≥ 0 (the only case a norm needs), NaN below; accurate to a few ulp times 1 + |p ln x|. */
export function pow(x: number, p: number): number {
  if (p === 0) return 1;
  return exp(p * log(x));
}

/** x = mantissa · 2^exponent with mantissa in (√½, √2]; x positive, finite. */
function split(x: number): { mantissa: number; exponent: number } {
  // Products with powers of two are exact, and cheaper than a buffer to read the bits from.
  const subnormal = x < SMALLEST_NORMAL;
  let mantissa = subnormal ? x * TWO_TO_54 : x;
  let exponent = subnormal ? -54 : 0;
  for (const { k, up, down, tooSmall } of SCALINGS) {
    if (mantissa >= up) {
      mantissa *= down;
      exponent += k;
    } else if (mantissa < tooSmall) {
      mantissa *= up;
      exponent -= k;
    }
  }
  return mantissa > SQRT2 ? { mantissa: mantissa / 2, exponent: exponent + 1 } : { mantissa, exponent };
}

/** 2^k for an integer k in [−1022, 1023], by repeated squaring. */
function powerOfTwo(k: number): number {
  let power = 1;
  let square = k < 0 ? 0.5 : 2;
  for (let rest = Math.abs(k); rest > 0; rest >>>= 1) {
    if ((rest & 1) === 1) power *= square;
    square *= square;
  }
  return power;
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

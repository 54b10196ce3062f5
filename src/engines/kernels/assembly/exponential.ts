/**
 * exp and log from additions, multiplications and divisions alone, so that every machine gives the same bits.
 *
 * Source: argument reduction x = k ln 2 + r, |r| ≤ ln 2 / 2, with ln 2 in two parts (Cody & Waite 1980), then
 * e^r = 1 + r + r² S(r) with S of least largest relative error (Remez), below 2^−28 in f32 and 2^−57 in f64; log by the
 * series of artanh.
 * Invariant: NaN in, NaN out. Errors, measured in test/engines/elementary.test.ts: below 2 ulp.
 */

/**
 * Constants by place, in memory because a load is cheaper than building the same vector anew for every tile:
 * the coefficients of S, then 1, 1 / ln 2, ln 2 in two parts, and the rounding shift.
 */
const ONE: usize = 10;
const REVERSE_LN2: usize = 11;
const LN2_HIGH: usize = 12;
const LN2_LOW: usize = 13;
/** 1.5 · 2^(mantissa bits): adding it leaves the nearest integer in the low bits of the sum. */
const SHIFT: usize = 14;

const SINGLES = memory.data<f32>([
  0.4999999344971312, 0.16666520631544604, 0.0416683874072617, 0.008368716961335903, 0.0013814639130251645,
  0, 0, 0, 0, 0,
  1, 1.4426950408889634, 0.693359375, -2.12194440054690583e-4, 12582912,
]);

const DOUBLES = memory.data<f64>([
  0.5000000000000011, 0.16666666666666413, 0.041666666666530155, 0.00833333333349447, 0.0013888888943630361,
  0.00019841269506555356, 2.4801493098733356e-5, 2.755758639674158e-6, 2.7630248422432483e-7, 2.5000053878885227e-8,
  1, 1.4426950408889634, 0.693147180369123816490, 1.90821492927058770002e-10, 6755399441055744,
]);

@inline
function constant<T>(place: usize): v128 {
  return v128.load_splat<T>((sizeof<T>() == 4 ? SINGLES : DOUBLES) + place * sizeof<T>());
}

/** k of the argument reduction, still carrying the rounding shift. */
@inline
function shiftedExponent<T>(x: v128): v128 {
  return v128.add<T>(v128.mul<T>(x, constant<T>(REVERSE_LN2)), constant<T>(SHIFT));
}

/** r = x − k ln 2. */
@inline
function reducedArgument<T>(x: v128, shifted: v128): v128 {
  const k = v128.sub<T>(shifted, constant<T>(SHIFT));
  // The first part of ln 2 ends in so many zeros that k times it is exact.
  const rest = v128.sub<T>(x, v128.mul<T>(k, constant<T>(LN2_HIGH)));
  return v128.sub<T>(rest, v128.mul<T>(k, constant<T>(LN2_LOW)));
}

/** sum · r + the coefficient of r^n in S */
@inline
function horner<T>(sum: v128, r: v128, n: usize): v128 {
  return v128.add<T>(v128.mul<T>(sum, r), constant<T>(n));
}

/** e^r − 1 − r for |r| ≤ ln 2 / 2. */
@inline
function expRest<T>(r: v128): v128 {
  let sum: v128;
  if (sizeof<T>() == 4) {
    sum = constant<T>(4);
  } else {
    sum = constant<T>(9);
    sum = horner<T>(sum, r, 8);
    sum = horner<T>(sum, r, 7);
    sum = horner<T>(sum, r, 6);
    sum = horner<T>(sum, r, 5);
    sum = horner<T>(sum, r, 4);
  }
  sum = horner<T>(sum, r, 3);
  sum = horner<T>(sum, r, 2);
  sum = horner<T>(sum, r, 1);
  sum = horner<T>(sum, r, 0);
  return v128.mul<T>(v128.mul<T>(r, r), sum);
}

/** 2^k for an exponent k (as integers in the lanes) of a normal number. */
@inline
function powerOfTwo<T>(k: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.shl(i32x4.add(k, i32x4.splat(127)), 23);
  return i64x2.shl(i64x2.add(k, i64x2.splat(1023)), 52);
}

/** k as integers in the lanes. */
@inline
function exponentBits<T>(shifted: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.sub(shifted, constant<T>(SHIFT));
  return i64x2.sub(shifted, constant<T>(SHIFT));
}

/** e^x for x ≤ 0, down to the last denormal; scaled in two factors because 2^k itself may be denormal. */
@inline
export function expOfNegative<T>(x: v128): v128 {
  const clamped = v128.pmax<T>(x, v128.splat<T>(sizeof<T>() == 4 ? <T>-104 : <T>-746));
  const shifted = shiftedExponent<T>(clamped);
  const r = reducedArgument<T>(clamped, shifted);
  const k = exponentBits<T>(shifted);
  const half = sizeof<T>() == 4 ? i32x4.shr_s(k, 1) : i64x2.shr_s(k, 1);
  const rest = sizeof<T>() == 4 ? i32x4.sub(k, half) : i64x2.sub(k, half);
  const e = v128.add<T>(constant<T>(ONE), v128.add<T>(r, expRest<T>(r)));
  const scaled = v128.mul<T>(e, powerOfTwo<T>(half));
  return v128.mul<T>(scaled, powerOfTwo<T>(rest));
}

/** Natural logarithm of a finite x ≥ 1; other x: the fallbacks of IEEE (NaN for NaN and x < 0, ±∞ for +∞ and 0). */
export function logarithm(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return x;
  let k: i64 = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984; // 2^54: a denormal becomes normal
    k = -54;
  }
  const bits = reinterpret<i64>(x);
  k += (bits >> 52) - 1023;
  let mantissa = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    k += 1;
  }
  // log m = 2 artanh s, s = (m − 1) / (m + 1), |s| ≤ 0.1716
  const f = mantissa - 1;
  const s = f / (2 + f);
  const q = s * s;
  let sum: f64 = 1.0 / 23;
  sum = sum * q + 1.0 / 21;
  sum = sum * q + 1.0 / 19;
  sum = sum * q + 1.0 / 17;
  sum = sum * q + 1.0 / 15;
  sum = sum * q + 1.0 / 13;
  sum = sum * q + 1.0 / 11;
  sum = sum * q + 1.0 / 9;
  sum = sum * q + 1.0 / 7;
  sum = sum * q + 1.0 / 5;
  sum = sum * q + 1.0 / 3;
  // 2 s = f − s f exactly in arithmetic, and f is exact: the leading term costs no rounding.
  const tail = 2 * s * q * sum;
  const kd = <f64>k;
  return kd * 0.693147180369123816490 + (f - (s * f - (tail + kd * 1.90821492927058770002e-10)));
}

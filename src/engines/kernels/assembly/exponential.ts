/**
 * exp, expm1 and log from additions, multiplications and divisions alone, so that every machine gives the same bits.
 *
 * Source: argument reduction x = k ln 2 + r, |r| ≤ ln 2 / 2, with ln 2 in two parts (Cody & Waite 1980), then the
 * Taylor series of e^r − 1 − r, cut where its rest is under a quarter of the last place; log by the series of artanh.
 * Invariant: NaN in, NaN out. Errors are measured in test/engines/elementary.test.ts.
 */

/** Adding it leaves the nearest integer in the low bits of the sum: 1.5 · 2^(mantissa bits). */
// @ts-ignore: decorator
@inline
function roundingShift<T>(): v128 {
  return sizeof<T>() == 4 ? f32x4.splat(12582912) : f64x2.splat(6755399441055744);
}

/** k of the argument reduction, still carrying the rounding shift. */
// @ts-ignore: decorator
@inline
function shiftedExponent<T>(x: v128): v128 {
  return v128.add<T>(v128.mul<T>(x, v128.splat<T>(<T>1.4426950408889634)), roundingShift<T>());
}

/** r = x − k ln 2. */
// @ts-ignore: decorator
@inline
function reducedArgument<T>(x: v128, shifted: v128): v128 {
  const k = v128.sub<T>(shifted, roundingShift<T>());
  // The first part has so many zeros at its end that k times it is exact.
  const high: f64 = sizeof<T>() == 4 ? 0.693359375 : 0.693147180369123816490;
  const low: f64 = sizeof<T>() == 4 ? -2.12194440054690583e-4 : 1.90821492927058770002e-10;
  const rest = v128.sub<T>(x, v128.mul<T>(k, v128.splat<T>(<T>high)));
  return v128.sub<T>(rest, v128.mul<T>(k, v128.splat<T>(<T>low)));
}

// @ts-ignore: decorator
@inline
function horner<T>(sum: v128, r: v128, coefficient: f64): v128 {
  return v128.add<T>(v128.mul<T>(sum, r), v128.splat<T>(<T>coefficient));
}

/** e^r − 1 for |r| ≤ ln 2 / 2. */
// @ts-ignore: decorator
@inline
function reducedExpm1<T>(r: v128): v128 {
  let sum: v128;
  if (sizeof<T>() == 4) {
    sum = v128.splat<T>(<T>(1.0 / 40320));
  } else {
    sum = v128.splat<T>(<T>(1.0 / 87178291200));
    sum = horner<T>(sum, r, 1.0 / 6227020800);
    sum = horner<T>(sum, r, 1.0 / 479001600);
    sum = horner<T>(sum, r, 1.0 / 39916800);
    sum = horner<T>(sum, r, 1.0 / 3628800);
    sum = horner<T>(sum, r, 1.0 / 362880);
    sum = horner<T>(sum, r, 1.0 / 40320);
  }
  sum = horner<T>(sum, r, 1.0 / 5040);
  sum = horner<T>(sum, r, 1.0 / 720);
  sum = horner<T>(sum, r, 1.0 / 120);
  sum = horner<T>(sum, r, 1.0 / 24);
  sum = horner<T>(sum, r, 1.0 / 6);
  sum = horner<T>(sum, r, 0.5);
  return v128.add<T>(r, v128.mul<T>(v128.mul<T>(r, r), sum));
}

/** 2^k for an exponent k (as integers in the lanes) of a normal number. */
// @ts-ignore: decorator
@inline
function powerOfTwo<T>(k: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.shl(i32x4.add(k, i32x4.splat(127)), 23);
  return i64x2.shl(i64x2.add(k, i64x2.splat(1023)), 52);
}

/** k as integers in the lanes. */
// @ts-ignore: decorator
@inline
function exponentBits<T>(shifted: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.sub(shifted, roundingShift<T>());
  return i64x2.sub(shifted, roundingShift<T>());
}

/** e^x − 1 for 0 ≤ x ≤ 64. */
// @ts-ignore: decorator
@inline
export function expm1OfPositive<T>(x: v128): v128 {
  const shifted = shiftedExponent<T>(x);
  const p = reducedExpm1<T>(reducedArgument<T>(x, shifted));
  const scale = powerOfTwo<T>(exponentBits<T>(shifted));
  return v128.add<T>(v128.mul<T>(scale, p), v128.sub<T>(scale, v128.splat<T>(<T>1)));
}

/** e^x for x ≤ 0, down to the last denormal; scaled in two factors because 2^k itself may be denormal. */
// @ts-ignore: decorator
@inline
export function expOfNegative<T>(x: v128): v128 {
  const clamped = v128.pmax<T>(x, v128.splat<T>(sizeof<T>() == 4 ? <T>-104 : <T>-746));
  const shifted = shiftedExponent<T>(clamped);
  const p = reducedExpm1<T>(reducedArgument<T>(clamped, shifted));
  const k = exponentBits<T>(shifted);
  const half = sizeof<T>() == 4 ? i32x4.shr_s(k, 1) : i64x2.shr_s(k, 1);
  const rest = sizeof<T>() == 4 ? i32x4.sub(k, half) : i64x2.sub(k, half);
  const scaled = v128.mul<T>(v128.add<T>(v128.splat<T>(<T>1), p), powerOfTwo<T>(half));
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

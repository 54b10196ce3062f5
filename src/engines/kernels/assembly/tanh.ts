/**
 * tanh from additions, multiplications and one division, so that every machine gives the same bits.
 *
 * |x| = k ln 2 / 2 + y with k an integer: k = 0 up to `BORDER`, the nearest one beyond. With t = tanh y, an odd
 * polynomial, and s = 2^k, tanh |x| = ((s − 1) + (s + 1) t) / ((s + 1) + (s − 1) t), which is written
 * 1 − (1 − t) / (s / 2 + 1 / 2 + (s / 2 − 1 / 2) t): beyond the border the quotient is at most ½, so its roundings count
 * half and less. At k = 0 both ones are left out, and what remains is t itself.
 *
 * The polynomial is y + y³ P(y²) with P of least largest relative error on |y| ≤ 0.55 (Remez), below 2^−24.6 in f32 and
 * 2^−55.4 in f64. One product k · ln 2 / 2 is enough: its rounding moves the result by less than a fifth of its last place.
 * Invariants: exactly odd, never beyond ±1, NaN in, NaN out. Over all f32: within 1.72 ulp, nowhere decreasing
 * (`bench/elementary-errors.ts`); in f64 within 2 ulp.
 */

const SINGLES = memory.data<f32>([
  -0.333329466473, 0.133207250115, -0.0526718046479, 0.0164375602386, 0, 0, 0, 0, 0, 0,
  10, 0.55, 2.885390081777927, 12582912, 0.34657359027997264, 0.5, 1,
]);

const DOUBLES = memory.data<f64>([
  -0.33333333333332316, 0.1333333333316871, -0.053968253876080015, 0.021869485974824354, -0.008863194504391783,
  0.0035917196997983323, -0.0014532167670416275, 0.0005791370427297301, -0.00021030243753886356, 5.1021500601427666e-5,
  20, 0.55, 2.885390081777927, 6755399441055744, 0.34657359027997264, 0.5, 1,
]);

/** Where the constants after the polynomial's coefficients stand. */
const LIMIT: usize = 10;
const BORDER: usize = 11;
const TWO_OVER_LN2: usize = 12;
/** 1.5 · 2^(mantissa bits): adding it leaves the nearest integer in the low bits of the sum. */
const SHIFT: usize = 13;
const HALF_LN2: usize = 14;
const HALF: usize = 15;
const ONE: usize = 16;

@inline
function constant<T>(place: usize): v128 {
  return v128.load_splat<T>((sizeof<T>() == 4 ? SINGLES : DOUBLES) + place * sizeof<T>());
}

/** 2^(k − 1) for k in the low bits of the lanes: the bits of ½ and k more in the exponent. */
@inline
function halfPowerOfTwo<T>(shifted: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.add(i32x4.shl(shifted, 23), constant<T>(HALF));
  return i64x2.add(i64x2.shl(shifted, 52), constant<T>(HALF));
}

/** coefficient + next coefficient · z */
@inline
function linear<T>(place: usize, z: v128): v128 {
  return v128.add<T>(constant<T>(place), v128.mul<T>(constant<T>(place + 1), z));
}

@inline
export function tanh<T>(x: v128): v128 {
  const one = constant<T>(ONE);
  const half = constant<T>(HALF);
  const shift = constant<T>(SHIFT);
  const magnitude = v128.abs<T>(x);
  const size = v128.pmin<T>(magnitude, constant<T>(LIMIT));
  const small = v128.lt<T>(size, constant<T>(BORDER));
  const shifted = v128.add<T>(v128.andnot(v128.mul<T>(size, constant<T>(TWO_OVER_LN2)), small), shift);
  const y = v128.sub<T>(size, v128.mul<T>(v128.sub<T>(shifted, shift), constant<T>(HALF_LN2)));
  const z = v128.mul<T>(y, y);
  const z2 = v128.mul<T>(z, z);
  let sum = v128.add<T>(linear<T>(0, z), v128.mul<T>(z2, linear<T>(2, z)));
  if (sizeof<T>() == 8) {
    const z4 = v128.mul<T>(z2, z2);
    const upper = v128.add<T>(linear<T>(4, z), v128.mul<T>(z2, linear<T>(6, z)));
    sum = v128.add<T>(sum, v128.mul<T>(z4, v128.add<T>(upper, v128.mul<T>(z4, linear<T>(8, z)))));
  }
  const t = v128.add<T>(y, v128.mul<T>(v128.mul<T>(y, z), sum));
  const scale = halfPowerOfTwo<T>(shifted);
  const divisor = v128.add<T>(v128.add<T>(scale, half), v128.mul<T>(v128.sub<T>(scale, half), t));
  const base = v128.andnot(one, small);
  const result = v128.sub<T>(base, v128.div<T>(v128.sub<T>(base, t), divisor));
  return v128.or(result, v128.xor(x, magnitude));
}

/**
 * Activations and powers, elementwise on whole vectors (tensors end in slack, so no scalar tails).
 *
 * sigmoid x = 1 / (1 + e^−|x|), times e^−|x| for x < 0: exact to 3 ulp however small.
 */
import { expOfNegative } from './exponential';
import { tanh } from './tanh';

/** As `activationCodes` of `calls.ts`. */
export const NONE: i32 = 0;
export const TANH: i32 = 1;
export const RELU: i32 = 2;
export const SIGMOID: i32 = 3;

@inline
function sigmoid<T>(x: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const e = expOfNegative<T>(v128.neg<T>(v128.abs<T>(x)));
  const numerator = v128.bitselect(e, one, v128.lt<T>(x, v128.splat<T>(<T>0)));
  return v128.div<T>(numerator, v128.add<T>(one, e));
}

/** target = activation(x); target may be x. */
export function activate<T>(kind: i32, x: usize, count: i32, target: usize): void {
  const end = x + (<usize>count) * sizeof<T>();
  if (kind == TANH) {
    // Two at a time: the one's long chain of operations fills the waits of the other's.
    for (; x + 16 < end; x += 32, target += 32) {
      const a = tanh<T>(v128.load(x));
      const b = tanh<T>(v128.load(x, 16));
      v128.store(target, a);
      v128.store(target, b, 16);
    }
    if (x < end) v128.store(target, tanh<T>(v128.load(x)));
  } else if (kind == RELU) {
    const zero = v128.splat<T>(<T>0);
    for (; x < end; x += 16, target += 16) v128.store(target, v128.pmax<T>(v128.load(x), zero));
  } else if (kind == SIGMOID) {
    for (; x < end; x += 16, target += 16) v128.store(target, sigmoid<T>(v128.load(x)));
  }
}

/** xBar = activation′ · yBar, where the derivative is written with the activation's value y; xBar may be yBar. */
export function pullActivation<T>(kind: i32, y: usize, yBar: usize, count: i32, xBar: usize): void {
  const end = y + (<usize>count) * sizeof<T>();
  const one = v128.splat<T>(<T>1);
  if (kind == TANH) {
    for (; y < end; y += 16, yBar += 16, xBar += 16) {
      const value = v128.load(y);
      v128.store(xBar, v128.mul<T>(v128.sub<T>(one, v128.mul<T>(value, value)), v128.load(yBar)));
    }
  } else if (kind == RELU) {
    const zero = v128.splat<T>(<T>0);
    for (; y < end; y += 16, yBar += 16, xBar += 16) {
      const slope = v128.and(v128.gt<T>(v128.load(y), zero), one);
      v128.store(xBar, v128.mul<T>(slope, v128.load(yBar)));
    }
  } else {
    for (; y < end; y += 16, yBar += 16, xBar += 16) {
      const value = v128.load(y);
      v128.store(xBar, v128.mul<T>(v128.mul<T>(value, v128.sub<T>(one, value)), v128.load(yBar)));
    }
  }
}

/** x^exponent by repeated squaring; exponent ≥ 0. */
@inline
function integerPower<T>(x: v128, exponent: i32): v128 {
  let product = v128.splat<T>(<T>1);
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) product = v128.mul<T>(product, x);
    x = v128.mul<T>(x, x);
  }
  return product;
}

/** target = x^exponent. */
export function power<T>(exponent: i32, x: usize, count: i32, target: usize): void {
  const end = x + (<usize>count) * sizeof<T>();
  for (; x < end; x += 16, target += 16) v128.store(target, integerPower<T>(v128.load(x), exponent));
}

/** xBar = exponent · x^(exponent − 1) · yBar. */
export function pullPower<T>(exponent: i32, x: usize, yBar: usize, count: i32, xBar: usize): void {
  const end = x + (<usize>count) * sizeof<T>();
  const factor = v128.splat<T>(<T>exponent);
  for (; x < end; x += 16, yBar += 16, xBar += 16) {
    const slope = v128.mul<T>(factor, integerPower<T>(v128.load(x), exponent - 1));
    v128.store(xBar, v128.mul<T>(slope, v128.load(yBar)));
  }
}

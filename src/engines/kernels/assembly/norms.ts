/**
 * Sums of squares of scaled differences, in doubles whatever the dtype; the root of the mean is the host's.
 *
 * Two running sums, one for even and one for odd entries, in ascending order: the same on every machine.
 */
import { firstOnly, loadPair, storePair, sumOfPair } from './pairs';

/** Bytes of the tensors whose local errors are computed at a time: long enough to hide the walk over the stages. */
const BLOCK: usize = 32;

/** The local errors of a block, as doubles. */
const ERRORS = memory.data(64, 16);

@inline
function addTerm<T>(sum: v128, factor: v128, from: usize): v128 {
  return f64x2.add(sum, f64x2.mul(factor, loadPair<T>(from)));
}

/** ERRORS = Σ factors_j · stages_j of the block that begins `at` bytes into the stages (factors: doubles, h included). */
@inline
function localErrors<T>(count: i32, factors: usize, stages: usize, at: usize): void {
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  const end = stages + 4 * <usize>count;
  while (stages < end) {
    const stage = <usize>load<u32>(stages) + at;
    const factor = v128.load64_splat(factors);
    sum0 = addTerm<T>(sum0, factor, stage);
    sum1 = addTerm<T>(sum1, factor, stage + 2 * sizeof<T>());
    if (sizeof<T>() == 4) {
      sum2 = addTerm<T>(sum2, factor, stage + 16);
      sum3 = addTerm<T>(sum3, factor, stage + 24);
    }
    stages += 4;
    factors += 8;
  }
  v128.store(ERRORS, sum0);
  v128.store(ERRORS, sum1, 16);
  if (sizeof<T>() == 4) {
    v128.store(ERRORS, sum2, 32);
    v128.store(ERRORS, sum3, 48);
  }
}

/** No scale is less than the least normal double: 0 / 0 (atol = 0, an entry that is and stays 0) becomes 0. */
@inline
function atLeast(scale: v128): v128 {
  return f64x2.pmax(scale, f64x2.splat(2.2250738585072014e-308));
}

/** A pair of max(|y0|, |y1|), NaN if one is. */
@inline
function largerSize<T>(y0: usize, y1: usize): v128 {
  if (sizeof<T>() == 8) return f64x2.max(f64x2.abs(v128.load(y0)), f64x2.abs(v128.load(y1)));
  // Without their signs, floats are in the order of their bits, and NaN is beyond them all.
  const size0 = f32x4.abs(v128.load64_zero(y0));
  const size1 = f32x4.abs(v128.load64_zero(y1));
  return f64x2.promote_low_f32x4(i32x4.max_s(size0, size1));
}

/** A pair of atol + rtol · max(|y0|, |y1|). */
@inline
function errorScale<T>(y0: usize, y1: usize, atol: v128, rtol: v128): v128 {
  return atLeast(f64x2.add(atol, f64x2.mul(rtol, largerSize<T>(y0, y1))));
}

@inline
function addSquare(sum: v128, ratio: v128): v128 {
  return f64x2.add(sum, f64x2.mul(ratio, ratio));
}

/** Σ (e / scale)² over `entries`. */
export function errorSquares<T>(
  y0: usize,
  y1: usize,
  entries: i32,
  count: i32,
  factors: usize,
  stages: usize,
  atol: f64,
  rtol: f64,
): f64 {
  const absolute = f64x2.splat(atol);
  const relative = f64x2.splat(rtol);
  const end = (<usize>entries) * sizeof<T>();
  let sum = f64x2.splat(0);
  for (let block: usize = 0; block < end; block += BLOCK) {
    localErrors<T>(count, factors, stages, block);
    const last = min(block + BLOCK, end);
    let error = ERRORS;
    for (let at = block; at < last; at += 2 * sizeof<T>(), error += 16) {
      const scale = errorScale<T>(y0 + at, y1 + at, absolute, relative);
      const ratio = f64x2.div(v128.load(error), scale);
      sum = addSquare(sum, at + sizeof<T>() == end ? firstOnly(ratio) : ratio);
    }
  }
  return sumOfPair(sum);
}

/**
 * eBar = factor · e / scale², and adds −factor · rtol · e² / scale³ · sign y to the bar of the y that sets the scale.
 * @param factor Ē / (n E)
 */
export function pullErrorNorm<T>(
  y0: usize,
  y1: usize,
  entries: i32,
  count: i32,
  factors: usize,
  stages: usize,
  atol: f64,
  rtol: f64,
  factor: f64,
  eBar: usize,
  y0Bar: usize,
  y1Bar: usize,
): void {
  const absolute = f64x2.splat(atol);
  const relative = f64x2.splat(rtol);
  const weight = f64x2.splat(factor);
  const end = (<usize>entries) * sizeof<T>();
  for (let block: usize = 0; block < end; block += BLOCK) {
    localErrors<T>(count, factors, stages, block);
    const last = min(block + BLOCK, end);
    let error = ERRORS;
    for (let at = block; at < last; at += 2 * sizeof<T>(), error += 16) {
      const before = loadPair<T>(y0 + at);
      const after = loadPair<T>(y1 + at);
      const scale = errorScale<T>(y0 + at, y1 + at, absolute, relative);
      const ratio = f64x2.div(v128.load(error), scale);
      const cotangent = f64x2.div(f64x2.mul(weight, ratio), scale);
      storePair<T>(eBar + at, cotangent);
      const scaleBar = f64x2.neg(f64x2.mul(f64x2.mul(cotangent, ratio), relative));
      const ofBefore = f64x2.ge(f64x2.abs(before), f64x2.abs(after));
      const toBefore = v128.and(signed(scaleBar, before), ofBefore);
      const toAfter = v128.andnot(signed(scaleBar, after), ofBefore);
      storePair<T>(y0Bar + at, f64x2.add(loadPair<T>(y0Bar + at), toBefore));
      storePair<T>(y1Bar + at, f64x2.add(loadPair<T>(y1Bar + at), toAfter));
    }
  }
}

/** value · sign(other), with sign(0) = 0. */
@inline
function signed(value: v128, other: v128): v128 {
  const zero = f64x2.splat(0);
  const flipped = v128.xor(value, v128.and(other, i64x2.splat(i64.MIN_VALUE)));
  return v128.and(flipped, f64x2.ne(other, zero));
}

/** Σ ((a − b) / (atol + rtol |y|))²; b may be 0 (none). */
export function scaledSquares<T>(a: usize, b: usize, y: usize, entries: i32, atol: f64, rtol: f64): f64 {
  const absolute = f64x2.splat(atol);
  const relative = f64x2.splat(rtol);
  const end = (<usize>entries) * sizeof<T>();
  let sum = f64x2.splat(0);
  for (let at: usize = 0; at < end; at += 2 * sizeof<T>()) {
    let difference = loadPair<T>(a + at);
    if (b != 0) difference = f64x2.sub(difference, loadPair<T>(b + at));
    const scale = atLeast(f64x2.add(absolute, f64x2.mul(relative, f64x2.abs(loadPair<T>(y + at)))));
    const ratio = f64x2.div(difference, scale);
    sum = addSquare(sum, at + sizeof<T>() == end ? firstOnly(ratio) : ratio);
  }
  return sumOfPair(sum);
}

/** Σ (a − b)²; also aBar = factor · (a − b) unless aBar is 0. */
export function differenceSquares<T>(a: usize, b: usize, entries: i32, factor: f64, aBar: usize): f64 {
  const weight = f64x2.splat(factor);
  const end = (<usize>entries) * sizeof<T>();
  let sum = f64x2.splat(0);
  for (let at: usize = 0; at < end; at += 2 * sizeof<T>()) {
    const difference = f64x2.sub(loadPair<T>(a + at), loadPair<T>(b + at));
    if (aBar != 0) storePair<T>(aBar + at, f64x2.mul(weight, difference));
    sum = addSquare(sum, at + sizeof<T>() == end ? firstOnly(difference) : difference);
  }
  return sumOfPair(sum);
}

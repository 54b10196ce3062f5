/** Two neighbouring entries as doubles: how norms and losses read and write tensors of either dtype. */

@inline
export function loadPair<T>(from: usize): v128 {
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(from));
  return v128.load(from);
}

@inline
export function storePair<T>(to: usize, pair: v128): void {
  if (sizeof<T>() == 4) v128.store64_lane(to, f32x4.demote_f64x2_zero(pair), 0);
  else v128.store(to, pair);
}

/** The first entry of a pair, 0 in place of the second: for the last entry of an odd count. */
@inline
export function firstOnly(pair: v128): v128 {
  return v128.and(pair, i64x2(-1, 0));
}

@inline
export function sumOfPair(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/** What every product needs to know of a 16-byte vector. */

/** Entries of one vector. */
@inline
export function lanes<T>(): i32 {
  return 16 / <i32>sizeof<T>();
}

/** Bytes of `columns` entries, filled up to whole vectors. */
@inline
export function vectorBytes<T>(columns: i32): usize {
  return (<usize>columns * sizeof<T>() + 15) & ~(<usize>15);
}

/** A vector of ones in all bits, and behind it one of zeros: where to start decides how many lanes are set. */
const ONES_THEN_ZEROS = memory.data<i64>([-1, -1, 0, 0], 16);

/** All bits of the first `count` lanes, for 0 ≤ count ≤ lanes. */
@inline
export function firstLanes<T>(count: i32): v128 {
  return v128.load(ONES_THEN_ZEROS + <usize>(lanes<T>() - count) * sizeof<T>());
}

/** Two roundings: WebAssembly has no fused form that rounds the same on every machine. */
@inline
export function multiplyAdd<T>(sum: v128, a: v128, b: v128): v128 {
  return v128.add<T>(sum, v128.mul<T>(a, b));
}

/**
 * How wide a tile is, as a type, so that each width is compiled to loops of its own: two vectors, or one where a matrix
 * ends in no more columns than that.
 */
export type TwoVectors = i64;
export type OneVector = i32;

/** Bytes of a tile's row. */
@inline
export function widthBytes<W>(): usize {
  return 4 * sizeof<W>();
}

/**
 * The innermost loops of the matrix products: a tile of rows × two SIMD vectors of columns (or one, `W`) held in registers.
 *
 * The six-row tile keeps 12 sums, 2 operands and 1 broadcast: 15 of the 16 vector registers of x64. The sum over k
 * runs in the same order in every tile, so a row's result does not depend on how many rows come with it.
 */

import { OneVector, multiplyAdd, widthBytes } from './vector';

/** Rows of the largest tile. */
export const TILE_ROWS: i32 = 6;

/** Columns of a tile of two vectors. */
@inline
export function tileColumns<T>(): i32 {
  return 32 / <i32>sizeof<T>();
}

/**
 * c[row] = start + Σ_k a[row][k] · panel[k] for 6 rows.
 * @param stride bytes from one row of a to the next @param panel depth × tile columns @param cStride bytes
 */
export function tile6<T, W>(
  a: usize,
  stride: usize,
  depth: i32,
  panel: usize,
  start: usize,
  c: usize,
  cStride: usize,
): void {
  const half = sizeof<W>() == sizeof<OneVector>();
  let a1 = a + stride;
  let a2 = a1 + stride;
  let a3 = a2 + stride;
  let a4 = a3 + stride;
  let a5 = a4 + stride;
  let c00 = v128.load(start);
  let c01 = half ? c00 : v128.load(start, 16);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  let c30 = c00;
  let c31 = c01;
  let c40 = c00;
  let c41 = c01;
  let c50 = c00;
  let c51 = c01;
  const end = a + (<usize>depth) * sizeof<T>();
  while (a < end) {
    const b0 = v128.load(panel);
    const b1 = half ? b0 : v128.load(panel, 16);
    let x = v128.load_splat<T>(a);
    c00 = multiplyAdd<T>(c00, x, b0);
    if (!half) c01 = multiplyAdd<T>(c01, x, b1);
    x = v128.load_splat<T>(a1);
    c10 = multiplyAdd<T>(c10, x, b0);
    if (!half) c11 = multiplyAdd<T>(c11, x, b1);
    x = v128.load_splat<T>(a2);
    c20 = multiplyAdd<T>(c20, x, b0);
    if (!half) c21 = multiplyAdd<T>(c21, x, b1);
    x = v128.load_splat<T>(a3);
    c30 = multiplyAdd<T>(c30, x, b0);
    if (!half) c31 = multiplyAdd<T>(c31, x, b1);
    x = v128.load_splat<T>(a4);
    c40 = multiplyAdd<T>(c40, x, b0);
    if (!half) c41 = multiplyAdd<T>(c41, x, b1);
    x = v128.load_splat<T>(a5);
    c50 = multiplyAdd<T>(c50, x, b0);
    if (!half) c51 = multiplyAdd<T>(c51, x, b1);
    a += sizeof<T>();
    a1 += sizeof<T>();
    a2 += sizeof<T>();
    a3 += sizeof<T>();
    a4 += sizeof<T>();
    a5 += sizeof<T>();
    panel += widthBytes<W>();
  }
  v128.store(c, c00);
  if (!half) v128.store(c, c01, 16);
  c += cStride;
  v128.store(c, c10);
  if (!half) v128.store(c, c11, 16);
  c += cStride;
  v128.store(c, c20);
  if (!half) v128.store(c, c21, 16);
  c += cStride;
  v128.store(c, c30);
  if (!half) v128.store(c, c31, 16);
  c += cStride;
  v128.store(c, c40);
  if (!half) v128.store(c, c41, 16);
  c += cStride;
  v128.store(c, c50);
  if (!half) v128.store(c, c51, 16);
}

/** As `tile6`, for 2 rows. */
export function tile2<T, W>(
  a: usize,
  stride: usize,
  depth: i32,
  panel: usize,
  start: usize,
  c: usize,
  cStride: usize,
): void {
  const half = sizeof<W>() == sizeof<OneVector>();
  let a1 = a + stride;
  let c00 = v128.load(start);
  let c01 = half ? c00 : v128.load(start, 16);
  let c10 = c00;
  let c11 = c01;
  const end = a + (<usize>depth) * sizeof<T>();
  while (a < end) {
    const b0 = v128.load(panel);
    const b1 = half ? b0 : v128.load(panel, 16);
    const x0 = v128.load_splat<T>(a);
    const x1 = v128.load_splat<T>(a1);
    c00 = multiplyAdd<T>(c00, x0, b0);
    if (!half) c01 = multiplyAdd<T>(c01, x0, b1);
    c10 = multiplyAdd<T>(c10, x1, b0);
    if (!half) c11 = multiplyAdd<T>(c11, x1, b1);
    a += sizeof<T>();
    a1 += sizeof<T>();
    panel += widthBytes<W>();
  }
  v128.store(c, c00);
  if (!half) v128.store(c, c01, 16);
  c += cStride;
  v128.store(c, c10);
  if (!half) v128.store(c, c11, 16);
}

/** As `tile6`, for 1 row. */
export function tile1<T, W>(a: usize, depth: i32, panel: usize, start: usize, c: usize): void {
  const half = sizeof<W>() == sizeof<OneVector>();
  let c0 = v128.load(start);
  let c1 = half ? c0 : v128.load(start, 16);
  const end = a + (<usize>depth) * sizeof<T>();
  while (a < end) {
    const x = v128.load_splat<T>(a);
    c0 = multiplyAdd<T>(c0, x, v128.load(panel));
    if (!half) c1 = multiplyAdd<T>(c1, x, v128.load(panel, 16));
    a += sizeof<T>();
    panel += widthBytes<W>();
  }
  v128.store(c, c0);
  if (!half) v128.store(c, c1, 16);
}

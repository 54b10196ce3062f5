/**
 * Products of small depth, two vectors of columns at a time: their part of B stays in registers while the rows go by.
 *
 * A tile would spend its time on starting and ending here. The sum over k runs as in the tiles, so both give the same
 * bits. Panels and the order of the work are those of `product.ts`.
 */

import { OneVector, widthBytes } from './vector';

/** Largest depth whose panel fits the registers beside sums and start. */
export const SHALLOW_DEPTH: i32 = 4;

@inline
function addProduct<T>(sum: v128, a: usize, k: usize, b: v128): v128 {
  return v128.add<T>(sum, v128.mul<T>(v128.load_splat<T>(a + k * sizeof<T>()), b));
}

/** All rows of one panel. @param depth a constant of the caller's @param cStride bytes */
@inline
function rowsOfDepth<T, W>(
  depth: i32,
  a: usize,
  rows: i32,
  panel: usize,
  start: usize,
  c: usize,
  cStride: usize,
): void {
  const half = sizeof<W>() == sizeof<OneVector>();
  const step = widthBytes<W>();
  const s0 = v128.load(start);
  const s1 = half ? s0 : v128.load(start, 16);
  const b00 = v128.load(panel);
  const b01 = half ? s0 : v128.load(panel, 16);
  const b10 = depth > 1 ? v128.load(panel + step) : s0;
  const b11 = depth > 1 && !half ? v128.load(panel + step, 16) : s0;
  const b20 = depth > 2 ? v128.load(panel + 2 * step) : s0;
  const b21 = depth > 2 && !half ? v128.load(panel + 2 * step, 16) : s0;
  const b30 = depth > 3 ? v128.load(panel + 3 * step) : s0;
  const b31 = depth > 3 && !half ? v128.load(panel + 3 * step, 16) : s0;
  const end = c + <usize>rows * cStride;
  for (; c < end; c += cStride, a += <usize>depth * sizeof<T>()) {
    let c0 = addProduct<T>(s0, a, 0, b00);
    let c1 = half ? c0 : addProduct<T>(s1, a, 0, b01);
    if (depth > 1) {
      c0 = addProduct<T>(c0, a, 1, b10);
      if (!half) c1 = addProduct<T>(c1, a, 1, b11);
    }
    if (depth > 2) {
      c0 = addProduct<T>(c0, a, 2, b20);
      if (!half) c1 = addProduct<T>(c1, a, 2, b21);
    }
    if (depth > 3) {
      c0 = addProduct<T>(c0, a, 3, b30);
      if (!half) c1 = addProduct<T>(c1, a, 3, b31);
    }
    v128.store(c, c0);
    if (!half) v128.store(c, c1, 16);
  }
}

function rowsOfDepth1<T, W>(a: usize, rows: i32, panel: usize, start: usize, c: usize, cStride: usize): void {
  rowsOfDepth<T, W>(1, a, rows, panel, start, c, cStride);
}

function rowsOfDepth2<T, W>(a: usize, rows: i32, panel: usize, start: usize, c: usize, cStride: usize): void {
  rowsOfDepth<T, W>(2, a, rows, panel, start, c, cStride);
}

function rowsOfDepth3<T, W>(a: usize, rows: i32, panel: usize, start: usize, c: usize, cStride: usize): void {
  rowsOfDepth<T, W>(3, a, rows, panel, start, c, cStride);
}

function rowsOfDepth4<T, W>(a: usize, rows: i32, panel: usize, start: usize, c: usize, cStride: usize): void {
  rowsOfDepth<T, W>(4, a, rows, panel, start, c, cStride);
}

/** As the tiles, for all `rows` rows and depths from 1 to `SHALLOW_DEPTH`. */
export function shallowPanel<T, W>(
  a: usize,
  rows: i32,
  depth: i32,
  panel: usize,
  start: usize,
  c: usize,
  cStride: usize,
): void {
  if (depth == 1) rowsOfDepth1<T, W>(a, rows, panel, start, c, cStride);
  else if (depth == 2) rowsOfDepth2<T, W>(a, rows, panel, start, c, cStride);
  else if (depth == 3) rowsOfDepth3<T, W>(a, rows, panel, start, c, cStride);
  else rowsOfDepth4<T, W>(a, rows, panel, start, c, cStride);
}

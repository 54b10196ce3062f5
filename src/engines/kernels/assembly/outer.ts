/**
 * Sums of outer products, C += Σ_row s[row]ᵀ p[row]: what a weight gradient is, with s = dz and p = x.
 *
 * Tiles of up to six columns of s × one or two vectors of columns of p are held in registers while the rows go by, at
 * most `OUTER_ROWS` of them, so that a tile's columns stay in L1 for its neighbours and the sums stay short. Both are
 * read where they lie: packing them first was measured and is no faster at any width, up to 1024 × 1024.
 */
import { TILE_ROWS, tileColumns } from './tile';
import { OneVector, TwoVectors, lanes, multiplyAdd } from './vector';

/** Rows whose outer products are summed before they are added to C. */
export const OUTER_ROWS: i32 = 128;

@inline
function addVector<T>(target: usize, sum: v128): void {
  v128.store(target, v128.add<T>(v128.load(target), sum));
}

@inline
function addEntry<T>(target: usize, value: T): void {
  store<T>(target, load<T>(target) + value);
}

/** Adds the first `count` lanes, one by one: a whole vector would reach into the next row of C. */
@inline
function addLanes<T>(target: usize, sum: v128, count: i32): void {
  if (count >= lanes<T>()) {
    addVector<T>(target, sum);
  } else if (count > 0) {
    addEntry<T>(target, v128.extract_lane<T>(sum, 0));
    if (sizeof<T>() == 4) {
      if (count > 1) addEntry<T>(target + 4, v128.extract_lane<T>(sum, 1));
      if (count > 2) addEntry<T>(target + 8, v128.extract_lane<T>(sum, 2));
    }
  }
}

/** Adds a tile's row. @param columns at most a tile's */
@inline
function addRow<T, W>(target: usize, low: v128, high: v128, columns: i32): void {
  if (sizeof<W>() == sizeof<OneVector>()) {
    addLanes<T>(target, low, columns);
  } else {
    addVector<T>(target, low);
    addLanes<T>(target + 16, high, columns - lanes<T>());
  }
}

/**
 * c[o] += Σ_row s[row][o] p[row] for `count` columns o of s. `count` is a constant of the caller's.
 * @param sStride @param pStride @param cStride bytes from row to row @param columns of c, at most a tile's
 */
@inline
function outerTile<T, W>(
  count: i32,
  s: usize,
  sStride: usize,
  p: usize,
  pStride: usize,
  rows: i32,
  c: usize,
  cStride: usize,
  columns: i32,
): void {
  const half = sizeof<W>() == sizeof<OneVector>();
  let c00 = i64x2.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  let c40 = c00;
  let c41 = c00;
  let c50 = c00;
  let c51 = c00;
  const end = p + <usize>rows * pStride;
  while (p < end) {
    const p0 = v128.load(p);
    const p1 = half ? p0 : v128.load(p, 16);
    let x = v128.load_splat<T>(s);
    c00 = multiplyAdd<T>(c00, x, p0);
    if (!half) c01 = multiplyAdd<T>(c01, x, p1);
    if (count > 1) {
      x = v128.load_splat<T>(s, sizeof<T>());
      c10 = multiplyAdd<T>(c10, x, p0);
      if (!half) c11 = multiplyAdd<T>(c11, x, p1);
    }
    if (count > 2) {
      x = v128.load_splat<T>(s, 2 * sizeof<T>());
      c20 = multiplyAdd<T>(c20, x, p0);
      if (!half) c21 = multiplyAdd<T>(c21, x, p1);
      x = v128.load_splat<T>(s, 3 * sizeof<T>());
      c30 = multiplyAdd<T>(c30, x, p0);
      if (!half) c31 = multiplyAdd<T>(c31, x, p1);
    }
    if (count > 4) {
      x = v128.load_splat<T>(s, 4 * sizeof<T>());
      c40 = multiplyAdd<T>(c40, x, p0);
      if (!half) c41 = multiplyAdd<T>(c41, x, p1);
      x = v128.load_splat<T>(s, 5 * sizeof<T>());
      c50 = multiplyAdd<T>(c50, x, p0);
      if (!half) c51 = multiplyAdd<T>(c51, x, p1);
    }
    s += sStride;
    p += pStride;
  }
  addRow<T, W>(c, c00, c01, columns);
  if (count > 1) addRow<T, W>(c + cStride, c10, c11, columns);
  if (count > 2) {
    addRow<T, W>(c + 2 * cStride, c20, c21, columns);
    addRow<T, W>(c + 3 * cStride, c30, c31, columns);
  }
  if (count > 4) {
    addRow<T, W>(c + 4 * cStride, c40, c41, columns);
    addRow<T, W>(c + 5 * cStride, c50, c51, columns);
  }
}

function outerTile6<T, W>(
  s: usize,
  sStride: usize,
  p: usize,
  pStride: usize,
  rows: i32,
  c: usize,
  cStride: usize,
  columns: i32,
): void {
  outerTile<T, W>(6, s, sStride, p, pStride, rows, c, cStride, columns);
}

function outerTile4<T, W>(
  s: usize,
  sStride: usize,
  p: usize,
  pStride: usize,
  rows: i32,
  c: usize,
  cStride: usize,
  columns: i32,
): void {
  outerTile<T, W>(4, s, sStride, p, pStride, rows, c, cStride, columns);
}

function outerTile2<T, W>(
  s: usize,
  sStride: usize,
  p: usize,
  pStride: usize,
  rows: i32,
  c: usize,
  cStride: usize,
  columns: i32,
): void {
  outerTile<T, W>(2, s, sStride, p, pStride, rows, c, cStride, columns);
}

function outerTile1<T, W>(
  s: usize,
  sStride: usize,
  p: usize,
  pStride: usize,
  rows: i32,
  c: usize,
  cStride: usize,
  columns: i32,
): void {
  outerTile<T, W>(1, s, sStride, p, pStride, rows, c, cStride, columns);
}

/** One tile of columns of p with all columns of s. */
function addPanel<T, W>(
  rows: i32,
  s: usize,
  sColumns: i32,
  p: usize,
  pStride: usize,
  c: usize,
  cStride: usize,
  columns: i32,
): void {
  const sStride = <usize>sColumns * sizeof<T>();
  for (; sColumns >= TILE_ROWS; sColumns -= TILE_ROWS) {
    outerTile6<T, W>(s, sStride, p, pStride, rows, c, cStride, columns);
    s += <usize>TILE_ROWS * sizeof<T>();
    c += <usize>TILE_ROWS * cStride;
  }
  if (sColumns >= 4) {
    outerTile4<T, W>(s, sStride, p, pStride, rows, c, cStride, columns);
    sColumns -= 4;
    s += 4 * sizeof<T>();
    c += 4 * cStride;
  }
  if (sColumns >= 2) {
    outerTile2<T, W>(s, sStride, p, pStride, rows, c, cStride, columns);
    sColumns -= 2;
    s += 2 * sizeof<T>();
    c += 2 * cStride;
  }
  if (sColumns > 0) outerTile1<T, W>(s, sStride, p, pStride, rows, c, cStride, columns);
}

/**
 * C += Σ_row s[row]ᵀ p[row] for `rows` rows of s and p.
 * @param cStride bytes from row to row of C, which is sColumns × pColumns
 */
export function addOuterProducts<T>(
  rows: i32,
  s: usize,
  sColumns: i32,
  p: usize,
  pColumns: i32,
  c: usize,
  cStride: usize,
): void {
  const pStride = <usize>pColumns * sizeof<T>();
  let columns = pColumns;
  for (; columns > lanes<T>(); columns -= tileColumns<T>(), p += 32, c += 32) {
    addPanel<T, TwoVectors>(rows, s, sColumns, p, pStride, c, cStride, min(columns, tileColumns<T>()));
  }
  if (columns > 0) addPanel<T, OneVector>(rows, s, sColumns, p, pStride, c, cStride, columns);
}

/**
 * sums = Σ_row s[row], four vectors of columns at a time.
 * @param sums one row of columns, filled up to whole vectors; what lies beyond the last column is anything
 */
export function columnSums<T>(rows: i32, s: usize, columns: i32, sums: usize): void {
  const stride = <usize>columns * sizeof<T>();
  const end = s + <usize>rows * stride;
  let at: usize = 0;
  for (; at + 64 <= stride; at += 64) {
    let sum0 = i64x2.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    for (let row = s; row < end; row += stride) {
      sum0 = v128.add<T>(sum0, v128.load(row + at));
      sum1 = v128.add<T>(sum1, v128.load(row + at, 16));
      sum2 = v128.add<T>(sum2, v128.load(row + at, 32));
      sum3 = v128.add<T>(sum3, v128.load(row + at, 48));
    }
    v128.store(sums + at, sum0);
    v128.store(sums + at, sum1, 16);
    v128.store(sums + at, sum2, 32);
    v128.store(sums + at, sum3, 48);
  }
  for (; at < stride; at += 16) {
    let sum = i64x2.splat(0);
    for (let row = s; row < end; row += stride) sum = v128.add<T>(sum, v128.load(row + at));
    v128.store(sums + at, sum);
  }
}

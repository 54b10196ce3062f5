/**
 * Sums of outer products, C += Σ_row s[row]ᵀ p[row]: what a weight gradient is, with s = dz and p = x.
 *
 * Tiles of up to six columns of s × two vectors of columns of p are held in registers while the rows go by. Both are
 * read where they lie, or packed (`pack.ts`) where their rows lie so far apart that every one would be a cache line.
 * What a tile holds beyond the last column of p is masked when it is added to C.
 */
import { TILE_ROWS, tileColumns } from './tile';
import { firstLanes, lanes, multiplyAdd } from './vector';

@inline
function addMasked<T>(target: usize, sum: v128, mask: v128): void {
  const before = v128.load(target);
  v128.store(target, v128.bitselect(v128.add<T>(before, sum), before, mask));
}

/**
 * c[o] += Σ_row s[row][o] p[row] for `count` columns o of s. `count` and `half` (p is one vector wide) are constants of
 * the caller's.
 * @param sStride @param pStride @param cStride bytes from row to row @param columns of c, at most a tile's
 */
@inline
function outerTile<T>(
  count: i32,
  half: bool,
  s: usize,
  sStride: usize,
  p: usize,
  pStride: usize,
  rows: i32,
  c: usize,
  cStride: usize,
  columns: i32,
): void {
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
  const low = firstLanes<T>(min(columns, lanes<T>()));
  const high = firstLanes<T>(max(columns - lanes<T>(), 0));
  addMasked<T>(c, c00, low);
  if (!half) addMasked<T>(c + 16, c01, high);
  if (count > 1) {
    c += cStride;
    addMasked<T>(c, c10, low);
    if (!half) addMasked<T>(c + 16, c11, high);
  }
  if (count > 2) {
    c += cStride;
    addMasked<T>(c, c20, low);
    if (!half) addMasked<T>(c + 16, c21, high);
    c += cStride;
    addMasked<T>(c, c30, low);
    if (!half) addMasked<T>(c + 16, c31, high);
  }
  if (count > 4) {
    c += cStride;
    addMasked<T>(c, c40, low);
    if (!half) addMasked<T>(c + 16, c41, high);
    c += cStride;
    addMasked<T>(c, c50, low);
    if (!half) addMasked<T>(c + 16, c51, high);
  }
}

function outerTile6<T>(
  s: usize,
  sStride: usize,
  p: usize,
  pStride: usize,
  rows: i32,
  c: usize,
  cStride: usize,
  columns: i32,
): void {
  if (columns <= lanes<T>()) outerTile<T>(6, true, s, sStride, p, pStride, rows, c, cStride, columns);
  else outerTile<T>(6, false, s, sStride, p, pStride, rows, c, cStride, columns);
}

function outerTile4<T>(
  s: usize,
  sStride: usize,
  p: usize,
  pStride: usize,
  rows: i32,
  c: usize,
  cStride: usize,
  columns: i32,
): void {
  if (columns <= lanes<T>()) outerTile<T>(4, true, s, sStride, p, pStride, rows, c, cStride, columns);
  else outerTile<T>(4, false, s, sStride, p, pStride, rows, c, cStride, columns);
}

function outerTile2<T>(
  s: usize,
  sStride: usize,
  p: usize,
  pStride: usize,
  rows: i32,
  c: usize,
  cStride: usize,
  columns: i32,
): void {
  if (columns <= lanes<T>()) outerTile<T>(2, true, s, sStride, p, pStride, rows, c, cStride, columns);
  else outerTile<T>(2, false, s, sStride, p, pStride, rows, c, cStride, columns);
}

function outerTile1<T>(
  s: usize,
  sStride: usize,
  p: usize,
  pStride: usize,
  rows: i32,
  c: usize,
  cStride: usize,
  columns: i32,
): void {
  if (columns <= lanes<T>()) outerTile<T>(1, true, s, sStride, p, pStride, rows, c, cStride, columns);
  else outerTile<T>(1, false, s, sStride, p, pStride, rows, c, cStride, columns);
}

/**
 * C += Σ_row s[row]ᵀ p[row].
 * @param s rows × sColumns, `sStride` bytes from row to row; its columns from 6 j on are `sStep` bytes from those before
 * @param p rows × pColumns, likewise by tiles of columns, of which the last may lie `pLastStride` bytes from row to row
 */
export function addOuterProducts<T>(
  rows: i32,
  s: usize,
  sColumns: i32,
  sStride: usize,
  sStep: usize,
  p: usize,
  pColumns: i32,
  pStride: usize,
  pLastStride: usize,
  pStep: usize,
  c: usize,
  cStride: usize,
): void {
  for (let first = 0; first < pColumns; first += tileColumns<T>(), p += pStep, c += 32) {
    const columns = min(tileColumns<T>(), pColumns - first);
    const stride = columns <= lanes<T>() ? pLastStride : pStride;
    let target = c;
    let strip = s;
    let o = 0;
    for (; o + TILE_ROWS <= sColumns; o += TILE_ROWS, strip += sStep, target += <usize>TILE_ROWS * cStride) {
      outerTile6<T>(strip, sStride, p, stride, rows, target, cStride, columns);
    }
    if (o + 4 <= sColumns) {
      outerTile4<T>(strip, sStride, p, stride, rows, target, cStride, columns);
      o += 4;
      strip += 4 * sizeof<T>();
      target += 4 * cStride;
    }
    if (o + 2 <= sColumns) {
      outerTile2<T>(strip, sStride, p, stride, rows, target, cStride, columns);
      o += 2;
      strip += 2 * sizeof<T>();
      target += 2 * cStride;
    }
    if (o < sColumns) outerTile1<T>(strip, sStride, p, stride, rows, target, cStride, columns);
  }
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

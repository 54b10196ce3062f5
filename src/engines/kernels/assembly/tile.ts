/**
 * The innermost loops of the matrix products: a tile of rows × two SIMD vectors of columns held in registers.
 *
 * The six-row tile keeps 12 sums, 2 operands and 1 broadcast: 15 of the 16 vector registers of x64. The sum over k
 * runs in the same order in every tile, so a row's result does not depend on how many rows come with it.
 * Known limit: no fused multiply–add (WebAssembly has none that rounds the same on every machine).
 */

/** Rows of the largest tile. */
export const TILE_ROWS: i32 = 6;

/** Columns of every tile: two vectors. */
@inline
export function tileColumns<T>(): i32 {
  return 32 / <i32>sizeof<T>();
}

@inline
function multiplyAdd<T>(sum: v128, a: v128, b: v128): v128 {
  return v128.add<T>(sum, v128.mul<T>(a, b));
}

/**
 * c[row] = start + Σ_k a[row][k] · panel[k] for 6 rows.
 * @param stride bytes from one row of a to the next @param panel depth × tile columns @param cStride bytes
 */
export function tile6<T>(
  a: usize,
  stride: usize,
  depth: i32,
  panel: usize,
  start: usize,
  c: usize,
  cStride: usize,
): void {
  let a1 = a + stride;
  let a2 = a1 + stride;
  let a3 = a2 + stride;
  let a4 = a3 + stride;
  let a5 = a4 + stride;
  let c00 = v128.load(start);
  let c01 = v128.load(start, 16);
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
    const b1 = v128.load(panel, 16);
    let x = v128.load_splat<T>(a);
    c00 = multiplyAdd<T>(c00, x, b0);
    c01 = multiplyAdd<T>(c01, x, b1);
    x = v128.load_splat<T>(a1);
    c10 = multiplyAdd<T>(c10, x, b0);
    c11 = multiplyAdd<T>(c11, x, b1);
    x = v128.load_splat<T>(a2);
    c20 = multiplyAdd<T>(c20, x, b0);
    c21 = multiplyAdd<T>(c21, x, b1);
    x = v128.load_splat<T>(a3);
    c30 = multiplyAdd<T>(c30, x, b0);
    c31 = multiplyAdd<T>(c31, x, b1);
    x = v128.load_splat<T>(a4);
    c40 = multiplyAdd<T>(c40, x, b0);
    c41 = multiplyAdd<T>(c41, x, b1);
    x = v128.load_splat<T>(a5);
    c50 = multiplyAdd<T>(c50, x, b0);
    c51 = multiplyAdd<T>(c51, x, b1);
    a += sizeof<T>();
    a1 += sizeof<T>();
    a2 += sizeof<T>();
    a3 += sizeof<T>();
    a4 += sizeof<T>();
    a5 += sizeof<T>();
    panel += 32;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cStride;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cStride;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cStride;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += cStride;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += cStride;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}

/** As `tile6`, for 2 rows. */
export function tile2<T>(
  a: usize,
  stride: usize,
  depth: i32,
  panel: usize,
  start: usize,
  c: usize,
  cStride: usize,
): void {
  let a1 = a + stride;
  let c00 = v128.load(start);
  let c01 = v128.load(start, 16);
  let c10 = c00;
  let c11 = c01;
  const end = a + (<usize>depth) * sizeof<T>();
  while (a < end) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    const x0 = v128.load_splat<T>(a);
    const x1 = v128.load_splat<T>(a1);
    c00 = multiplyAdd<T>(c00, x0, b0);
    c01 = multiplyAdd<T>(c01, x0, b1);
    c10 = multiplyAdd<T>(c10, x1, b0);
    c11 = multiplyAdd<T>(c11, x1, b1);
    a += sizeof<T>();
    a1 += sizeof<T>();
    panel += 32;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cStride;
  v128.store(c, c10);
  v128.store(c, c11, 16);
}

/** As `tile6`, for 1 row. */
export function tile1<T>(a: usize, depth: i32, panel: usize, start: usize, c: usize): void {
  let c0 = v128.load(start);
  let c1 = v128.load(start, 16);
  const end = a + (<usize>depth) * sizeof<T>();
  while (a < end) {
    const x = v128.load_splat<T>(a);
    c0 = multiplyAdd<T>(c0, x, v128.load(panel));
    c1 = multiplyAdd<T>(c1, x, v128.load(panel, 16));
    a += sizeof<T>();
    panel += 32;
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
}

/**
 * The outer product's tile: c[o] += Σ_k strip[k][o] · panel[k] for 6 rows o of c.
 * @param strip depth × 6 @param panel depth × tile columns @param cStride bytes
 */
export function outerTile<T>(strip: usize, panel: usize, depth: i32, c: usize, cStride: usize): void {
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
  const end = panel + (<usize>depth) * 32;
  while (panel < end) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    let x = v128.load_splat<T>(strip);
    c00 = multiplyAdd<T>(c00, x, b0);
    c01 = multiplyAdd<T>(c01, x, b1);
    x = v128.load_splat<T>(strip, sizeof<T>());
    c10 = multiplyAdd<T>(c10, x, b0);
    c11 = multiplyAdd<T>(c11, x, b1);
    x = v128.load_splat<T>(strip, 2 * sizeof<T>());
    c20 = multiplyAdd<T>(c20, x, b0);
    c21 = multiplyAdd<T>(c21, x, b1);
    x = v128.load_splat<T>(strip, 3 * sizeof<T>());
    c30 = multiplyAdd<T>(c30, x, b0);
    c31 = multiplyAdd<T>(c31, x, b1);
    x = v128.load_splat<T>(strip, 4 * sizeof<T>());
    c40 = multiplyAdd<T>(c40, x, b0);
    c41 = multiplyAdd<T>(c41, x, b1);
    x = v128.load_splat<T>(strip, 5 * sizeof<T>());
    c50 = multiplyAdd<T>(c50, x, b0);
    c51 = multiplyAdd<T>(c51, x, b1);
    strip += 6 * sizeof<T>();
    panel += 32;
  }
  addRow<T>(c, c00, c01);
  addRow<T>(c + cStride, c10, c11);
  addRow<T>(c + 2 * cStride, c20, c21);
  addRow<T>(c + 3 * cStride, c30, c31);
  addRow<T>(c + 4 * cStride, c40, c41);
  addRow<T>(c + 5 * cStride, c50, c51);
}

@inline
function addRow<T>(c: usize, low: v128, high: v128): void {
  v128.store(c, v128.add<T>(v128.load(c), low));
  v128.store(c, v128.add<T>(v128.load(c, 16), high), 16);
}

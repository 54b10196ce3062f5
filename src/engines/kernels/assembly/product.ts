/**
 * Matrix products in blocks of rows over packed weights.
 *
 * The sum over k is not cut into blocks: a panel of two vectors streams from L2 faster than the tile consumes it, and
 * at depths from 100 to 4096 the measured speed is the same, while a cut would change the order of the sum with it.
 *
 * Storing at the right edge runs over into the start of the next row. That is harmless because of the order of the
 * work: a block's last panel is computed first and rows ascend, so that whatever was overwritten is computed later;
 * behind the last row lies the slack that every tensor has (`memory.ts`).
 */
import { dotBlock } from './dot';
import { SHALLOW_DEPTH, shallowPanel } from './shallow';
import { TILE_ROWS, tile1, tile2, tile6, tileColumns } from './tile';
import { OneVector, TwoVectors, lanes, vectorBytes } from './vector';

/** Rows of c computed before the next block starts: a multiple of the tile's, small enough that they stay in L2. */
export const BLOCK_ROWS: i32 = 48;

/** Whether a product of so many columns is one of dot products; its weights are packed otherwise then. */
@inline
export function isNarrow<T>(columns: i32): bool {
  return columns <= lanes<T>();
}

/** Bytes of packed weights, depth × columns. */
export function packedBytes<T>(depth: i32, columns: i32): usize {
  return isNarrow<T>(columns) ? <usize>columns * vectorBytes<T>(depth) : <usize>depth * vectorBytes<T>(columns);
}

/**
 * c = start + a · B for `rows` rows of one block.
 * @param packed B, `packedBytes` of it: panel after panel, each depth × tile columns, the last one of one vector if that
 * is enough; or, if it is narrow, column after column, each filled up to whole vectors
 * @param start what sums start from, one panel's worth every `startStep` bytes (0: the same for all)
 */
export function multiplyBlock<T>(
  a: usize,
  rows: i32,
  depth: i32,
  packed: usize,
  columns: i32,
  start: usize,
  startStep: usize,
  c: usize,
): void {
  if (isNarrow<T>(columns)) {
    dotBlock<T>(a, rows, depth, packed, columns, start, c);
    return;
  }
  const whole = columns / tileColumns<T>();
  const rest = columns - whole * tileColumns<T>();
  const panelBytes = <usize>depth * 32;
  if (rest > 0) {
    const panel = packed + <usize>whole * panelBytes;
    const from = start + <usize>whole * startStep;
    const target = c + <usize>whole * 32;
    if (rest <= lanes<T>()) multiplyPanel<T, OneVector>(a, rows, depth, panel, columns, from, target);
    else multiplyPanel<T, TwoVectors>(a, rows, depth, panel, columns, from, target);
  }
  for (let index = 0; index < whole; index++) {
    multiplyPanel<T, TwoVectors>(a, rows, depth, packed, columns, start, c);
    packed += panelBytes;
    start += startStep;
    c += 32;
  }
}

/** One panel for all rows of a block. @param columns of c */
function multiplyPanel<T, W>(
  a: usize,
  rows: i32,
  depth: i32,
  panel: usize,
  columns: i32,
  start: usize,
  c: usize,
): void {
  const aStride = <usize>depth * sizeof<T>();
  const cStride = <usize>columns * sizeof<T>();
  if (depth <= SHALLOW_DEPTH) {
    shallowPanel<T, W>(a, rows, depth, panel, start, c, cStride);
    return;
  }
  for (; rows >= TILE_ROWS; rows -= TILE_ROWS) {
    tile6<T, W>(a, aStride, depth, panel, start, c, cStride);
    a += <usize>TILE_ROWS * aStride;
    c += <usize>TILE_ROWS * cStride;
  }
  for (; rows >= 2; rows -= 2) {
    tile2<T, W>(a, aStride, depth, panel, start, c, cStride);
    a += 2 * aStride;
    c += 2 * cStride;
  }
  if (rows > 0) tile1<T, W>(a, depth, panel, start, c);
}

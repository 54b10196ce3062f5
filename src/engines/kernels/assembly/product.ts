/**
 * Matrix products in blocks of rows over packed panels.
 *
 * The sum over k is not cut into blocks: a panel of two vectors streams from L2 faster than the tile consumes it, and
 * at depths from 100 to 4096 the measured speed is the same, while a cut would change the order of the sum with it.
 *
 * Storing a full tile at the right edge runs over into the start of the next row. That is harmless because of the
 * order of the work: a block's last panel is computed first and rows ascend, so that whatever was overwritten is
 * computed later; behind the last row lies the slack that every tensor has (`memory.ts`).
 */
import { TILE_ROWS, outerTile, tile1, tile2, tile6, tileColumns } from './tile';

/** Rows of c computed before the next block starts: a multiple of the tile's, small enough that they stay in L2. */
export const BLOCK_ROWS: i32 = 48;

/** Number of panels that `columns` columns take. */
@inline
export function panelCount<T>(columns: i32): i32 {
  return (columns + tileColumns<T>() - 1) / tileColumns<T>();
}

/**
 * c = start + a · B for `rows` rows of one block.
 * @param panels B packed: panel after panel, each depth × tile columns
 * @param start what sums start from, one panel's worth every `startStep` bytes (0: the same for all)
 */
export function multiplyBlock<T>(
  a: usize,
  rows: i32,
  depth: i32,
  panels: usize,
  columns: i32,
  start: usize,
  startStep: usize,
  c: usize,
): void {
  const count = panelCount<T>(columns);
  const aStride = (<usize>depth) * sizeof<T>();
  const cStride = (<usize>columns) * sizeof<T>();
  for (let turn = 0; turn < count; turn++) {
    const index: usize = turn == 0 ? count - 1 : turn - 1;
    const panel = panels + index * (<usize>depth) * 32;
    const from = start + index * startStep;
    let source = a;
    let target = c + index * 32;
    let row = 0;
    for (; row + TILE_ROWS <= rows; row += TILE_ROWS) {
      tile6<T>(source, aStride, depth, panel, from, target, cStride);
      source += (<usize>TILE_ROWS) * aStride;
      target += (<usize>TILE_ROWS) * cStride;
    }
    for (; row + 2 <= rows; row += 2) {
      tile2<T>(source, aStride, depth, panel, from, target, cStride);
      source += 2 * aStride;
      target += 2 * cStride;
    }
    if (row < rows) tile1<T>(source, depth, panel, from, target);
  }
}

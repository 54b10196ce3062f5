/**
 * Copies of weights in the order in which the products read them; what reaches over the edge of a matrix is zeros.
 *
 * Packed weights (`product.ts`) are panels of two vectors of columns, the last one of one vector if that is enough, or
 * columns one by one where there are so few.
 */
import { isNarrow, packedBytes } from './product';
import { tileColumns } from './tile';
import { lanes, vectorBytes } from './vector';

/** Where behind packed weights the biases stand; a row of weights of time follows them. */
@inline
export function biasesOf<T>(packed: usize, inputs: i32, outputs: i32): usize {
  return packed + packedBytes<T>(inputs, outputs);
}

/** Bytes that `packForward` writes. */
export function forwardBytes<T>(inputs: i32, outputs: i32): usize {
  return packedBytes<T>(inputs, outputs) + 2 * vectorBytes<T>(outputs);
}

/** Bytes that `packBackward` writes. */
export function backwardBytes<T>(inputs: i32, outputs: i32): usize {
  return packedBytes<T>(outputs, inputs);
}

/**
 * A dense layer's weights for y = x Wᵀ, and behind them, each a row filled up to whole vectors, biases and weights of time.
 * @param weights W[outputs × (inputs + time)] row-major, then the biases @param time 1 if the last column is time's
 * @param biased 0: there are no biases; zeros stand for them
 */
export function packForward<T>(
  weights: usize,
  inputs: i32,
  outputs: i32,
  time: i32,
  biased: i32,
  target: usize,
): void {
  const stride = <usize>(inputs + time) * sizeof<T>();
  if (isNarrow<T>(outputs)) packRows<T>(weights, stride, outputs, inputs, target);
  else packTransposedPanels<T>(weights, stride, outputs, inputs, target);
  const padded = <i32>(vectorBytes<T>(outputs) / sizeof<T>());
  const biases = weights + <usize>outputs * stride;
  target = biasesOf<T>(target, inputs, outputs);
  for (let o = 0; o < padded; o++, target += sizeof<T>()) {
    store<T>(target, biased != 0 && o < outputs ? load<T>(biases + <usize>o * sizeof<T>()) : <T>0);
  }
  const column = weights + <usize>inputs * sizeof<T>();
  for (let o = 0; o < padded; o++, target += sizeof<T>()) {
    store<T>(target, time != 0 && o < outputs ? load<T>(column + <usize>o * stride) : <T>0);
  }
}

/** The same weights for xBar = dz W, without the column of time. */
export function packBackward<T>(weights: usize, inputs: i32, outputs: i32, time: i32, target: usize): void {
  const stride = <usize>(inputs + time) * sizeof<T>();
  if (isNarrow<T>(inputs)) packTransposedRows<T>(weights, stride, outputs, inputs, target);
  else packPanels<T>(weights, stride, outputs, inputs, target);
}

/** Row after row, each filled up to whole vectors. @param stride bytes from row to row of the source */
function packRows<T>(source: usize, stride: usize, rows: i32, columns: i32, target: usize): void {
  const padded = <i32>(vectorBytes<T>(columns) / sizeof<T>());
  for (let row = 0; row < rows; row++, source += stride) {
    for (let j = 0; j < padded; j++, target += sizeof<T>()) {
      store<T>(target, j < columns ? load<T>(source + <usize>j * sizeof<T>()) : <T>0);
    }
  }
}

/** Column after column, each filled up to whole vectors. */
function packTransposedRows<T>(source: usize, stride: usize, rows: i32, columns: i32, target: usize): void {
  const padded = <i32>(vectorBytes<T>(rows) / sizeof<T>());
  for (let column = 0; column < columns; column++, source += sizeof<T>()) {
    for (let row = 0; row < padded; row++, target += sizeof<T>()) {
      store<T>(target, row < rows ? load<T>(source + <usize>row * stride) : <T>0);
    }
  }
}

/** Columns of the panel that begins with column `first`, full or half. */
@inline
function panelWidth<T>(first: i32, columns: i32): i32 {
  return columns - first <= lanes<T>() ? lanes<T>() : tileColumns<T>();
}

/** Panels of the transposed matrix: panel[column][j] = source[first + j][column]. */
function packTransposedPanels<T>(source: usize, stride: usize, rows: i32, columns: i32, target: usize): void {
  for (let first = 0; first < rows; first += tileColumns<T>()) {
    const width = panelWidth<T>(first, rows);
    for (let column = 0; column < columns; column++) {
      const from = source + <usize>column * sizeof<T>();
      for (let row = first; row < first + width; row++, target += sizeof<T>()) {
        store<T>(target, row < rows ? load<T>(from + <usize>row * stride) : <T>0);
      }
    }
  }
}

/** Panels of the matrix as it is: panel[row][j] = source[row][first + j]. @param stride bytes from row to row */
function packPanels<T>(source: usize, stride: usize, rows: i32, columns: i32, target: usize): void {
  for (let first = 0; first < columns; first += tileColumns<T>()) {
    let from = source + <usize>first * sizeof<T>();
    if (first + tileColumns<T>() <= columns) {
      for (let row = 0; row < rows; row++, from += stride, target += 32) {
        v128.store(target, v128.load(from));
        v128.store(target, v128.load(from, 16), 16);
      }
    } else {
      const width = panelWidth<T>(first, columns);
      for (let row = 0; row < rows; row++, from += stride) {
        for (let j = 0; j < width; j++, target += sizeof<T>()) {
          store<T>(target, first + j < columns ? load<T>(from + <usize>j * sizeof<T>()) : <T>0);
        }
      }
    }
  }
}

/**
 * Copies of matrices in the order in which the tiles read them: panels of two vectors, strips of six entries.
 *
 * Panels and strips that reach over the edge of the matrix are filled with zeros there.
 */
import { panelCount } from './product';
import { TILE_ROWS, tileColumns } from './tile';

/**
 * Panels of a dense layer's weights for y = x Wᵀ: panel[i][o] = W[o][i], and behind them, padded with zeros, the biases
 * and the weights of time.
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
  const columns = tileColumns<T>();
  const stride = inputs + time;
  const padded = panelCount<T>(outputs) * columns;
  for (let first = 0; first < padded; first += columns) {
    for (let i = 0; i < inputs; i++) {
      for (let o = first; o < first + columns; o++, target += sizeof<T>()) {
        store<T>(target, o < outputs ? load<T>(weights + <usize>(o * stride + i) * sizeof<T>()) : <T>0);
      }
    }
  }
  const biases = weights + <usize>(outputs * stride) * sizeof<T>();
  for (let o = 0; o < padded; o++, target += sizeof<T>()) {
    store<T>(target, biased != 0 && o < outputs ? load<T>(biases + <usize>o * sizeof<T>()) : <T>0);
  }
  for (let o = 0; o < padded; o++, target += sizeof<T>()) {
    const column = weights + <usize>(o * stride + inputs) * sizeof<T>();
    store<T>(target, time != 0 && o < outputs ? load<T>(column) : <T>0);
  }
}

/** Panels of a row-major matrix as it is: panel[row][j] = source[row][first + j]; `stride` in entries. */
export function packPanels<T>(source: usize, rows: i32, columns: i32, stride: i32, target: usize): void {
  const width = tileColumns<T>();
  const rowBytes = <usize>stride * sizeof<T>();
  for (let first = 0; first < columns; first += width) {
    let from = source + <usize>first * sizeof<T>();
    if (first + width <= columns) {
      for (let row = 0; row < rows; row++, from += rowBytes, target += 32) {
        v128.store(target, v128.load(from));
        v128.store(target, v128.load(from, 16), 16);
      }
    } else {
      for (let row = 0; row < rows; row++, from += rowBytes, target += 32) {
        for (let j = 0; j < width; j++) {
          const value = first + j < columns ? load<T>(from + <usize>j * sizeof<T>()) : <T>0;
          store<T>(target + <usize>j * sizeof<T>(), value);
        }
      }
    }
  }
}

/** Strips of a row-major matrix: strip[row][j] = source[row][first + j], six columns each. */
export function packStrips<T>(source: usize, rows: i32, columns: i32, target: usize): void {
  const rowBytes = <usize>columns * sizeof<T>();
  for (let first = 0; first < columns; first += TILE_ROWS) {
    let from = source + <usize>first * sizeof<T>();
    const count = min(TILE_ROWS, columns - first);
    for (let row = 0; row < rows; row++, from += rowBytes) {
      for (let j = 0; j < TILE_ROWS; j++, target += sizeof<T>()) {
        store<T>(target, j < count ? load<T>(from + <usize>j * sizeof<T>()) : <T>0);
      }
    }
  }
}

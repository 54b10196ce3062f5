/**
 * Minibatches of a data set, gathered on the host row by row.
 */
import type { Dataset } from '../tasks/task.js';

/** Rows of a data set as an engine takes them. */
export interface Batch {
  readonly rows: number;
  /** rows × inputColumns. */
  readonly inputs: Float64Array;
  readonly targets: BatchTargets;
}

export type BatchTargets =
  | { readonly kind: 'classes'; readonly labels: Float64Array }
  /** One rows × columns matrix for each save time. */
  | { readonly kind: 'trajectories'; readonly values: readonly Float64Array[] };

/** Splits an order of row indices into batches; the last one may be smaller. */
export function* splitIntoBatches(order: Uint32Array, batchSize: number): Generator<Uint32Array> {
  for (let start = 0; start < order.length; start += batchSize) yield order.subarray(start, start + batchSize);
}

/** The sizes that `splitIntoBatches` gives: the full one, and that of a smaller last batch. */
export function batchSizes(count: number, batchSize: number): readonly number[] {
  const rest = count % batchSize;
  const sizes = count >= batchSize ? [batchSize] : [];
  return rest === 0 ? sizes : [...sizes, rest];
}

/** Rows 0 … count−1 in their own order. */
export function naturalOrder(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

export function gatherBatch(dataset: Dataset, indices: Uint32Array): Batch {
  const { inputs, inputColumns, inputScale, targets, count } = dataset;
  const rows = indices.length;
  const gathered = new Float64Array(rows * inputColumns);
  for (let row = 0; row < rows; row += 1) {
    const from = indices[row] * inputColumns;
    for (let column = 0; column < inputColumns; column += 1) {
      gathered[row * inputColumns + column] = inputs[from + column] * inputScale;
    }
  }
  if (targets.kind === 'classes') {
    const labels = Float64Array.from(indices, (index) => targets.labels[index]);
    return { rows, inputs: gathered, targets: { kind: 'classes', labels } };
  }
  const { times, columns, values: source } = targets;
  const values = Array.from({ length: times }, (_, time) => {
    const matrix = new Float64Array(rows * columns);
    // Entry by entry: a view of each row of few columns costs more than a small net's solve.
    for (let row = 0; row < rows; row += 1) {
      const from = (time * count + indices[row]) * columns;
      for (let column = 0; column < columns; column += 1) {
        matrix[row * columns + column] = source[from + column];
      }
    }
    return matrix;
  });
  return { rows, inputs: gathered, targets: { kind: 'trajectories', values } };
}

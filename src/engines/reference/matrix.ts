/**
 * A tensor of the reference engine: a Float64Array that knows its shape and its owner.
 *
 * Invariant: a freed matrix holds no values, so that any later use is caught by `MatrixPool.values`.
 */
import type { Tensor } from '../engine.js';

export interface Matrix extends Tensor {
  readonly values: Float64Array;
}

/** Hands matrices out and recognises its own: a tensor of another engine, or a freed one, is an Error. */
export class MatrixPool {
  readonly #live = new WeakSet<Tensor>();

  /** Zero-filled. */
  allocate(rows: number, columns: number): Matrix {
    const matrix: Matrix = { rows, columns, values: new Float64Array(rows * columns) };
    this.#live.add(matrix);
    return matrix;
  }

  free(tensor: Tensor): void {
    this.values(tensor);
    this.#live.delete(tensor);
  }

  /** The tensor's entries, row-major. @throws Error if it is not a live matrix of this pool. */
  values(tensor: Tensor): Float64Array {
    if (!this.#live.has(tensor)) {
      throw new Error('The tensor was freed or belongs to another engine.');
    }
    return (tensor as Matrix).values;
  }
}

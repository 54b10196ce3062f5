/** A model's parameters on the reference engine. */
import type { Parameters } from '../engine.js';
import { requireLength } from '../shape.js';
import type { Matrix, MatrixPool } from './matrix.js';

export class ReferenceParameters implements Parameters {
  readonly count: number;
  readonly gradient: Matrix;
  readonly values: Float64Array;
  #live = true;

  constructor(
    readonly pool: MatrixPool,
    initial: ArrayLike<number>,
  ) {
    this.count = initial.length;
    this.values = Float64Array.from(initial);
    this.gradient = pool.allocate(1, initial.length);
  }

  /** False once disposed. */
  get live(): boolean {
    return this.#live;
  }

  write(values: ArrayLike<number>): void {
    requireLength('writeParameters', this.count, values.length);
    this.values.set(values);
  }

  dispose(): void {
    if (!this.#live) throw new Error('The parameters were disposed before.');
    this.#live = false;
    this.pool.free(this.gradient);
  }
}

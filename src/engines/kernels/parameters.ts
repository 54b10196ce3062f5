/** A model's parameters on the kernels engine, and a count of their updates by which packed copies know their age. */
import type { Parameters, Tensor } from '../engine.js';
import type { TensorPool } from './tensor.js';

export class KernelParameters implements Parameters {
  readonly values: Tensor;
  readonly gradient: Tensor;
  /** Grows with every change of the values. */
  version = 0;

  constructor(
    readonly pool: TensorPool,
    readonly count: number,
  ) {
    this.values = pool.allocate(1, count);
    this.gradient = pool.allocate(1, count);
  }
}

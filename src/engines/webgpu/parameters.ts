/** A model's parameters on the webgpu engine: programs read the flat vector itself, so there is nothing to keep up to date. */
import type { Parameters, Tensor } from '../engine.js';
import type { TensorPool } from './tensor.js';

export class WebgpuParameters implements Parameters {
  readonly values: Tensor;
  readonly gradient: Tensor;
  /** Grows with every change of the values. */
  version = 0;
  #live = true;

  constructor(
    readonly pool: TensorPool,
    readonly count: number,
  ) {
    this.values = pool.allocate(1, count);
    this.gradient = pool.allocate(1, count);
  }

  /** False once disposed. */
  get live(): boolean {
    return this.#live;
  }

  dispose(): void {
    if (!this.#live) throw new Error('The parameters were disposed before.');
    this.#live = false;
    this.pool.free(this.values);
    this.pool.free(this.gradient);
  }
}

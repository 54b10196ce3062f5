/**
 * Reusable tensors of one shape: after the first solves no solve allocates.
 */
import type { Engine, Tensor } from '../engines/engine.js';

export class TensorPool {
  readonly #engine: Engine;
  readonly #rows: number;
  readonly #columns: number;
  readonly #all: Tensor[] = [];
  #free: Tensor[] = [];

  constructor(engine: Engine, rows: number, columns: number) {
    this.#engine = engine;
    this.#rows = rows;
    this.#columns = columns;
  }

  /** Contents are undefined. */
  take(): Tensor {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const fresh = this.#engine.allocate(this.#rows, this.#columns);
    this.#all.push(fresh);
    return fresh;
  }

  give(tensor: Tensor): void {
    this.#free.push(tensor);
  }

  /** Takes everything back: tensors handed out before are no longer the caller's. */
  reset(): void {
    this.#free = [...this.#all];
  }

  dispose(): void {
    for (const tensor of this.#all) this.#engine.free(tensor);
    this.#all.length = 0;
    this.#free = [];
  }
}

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
  /** Most tensors that were out at a time since the latest reset. */
  #peak = 0;
  /** How many stay allocated between uses. */
  #kept = 0;
  #resets = 0;

  constructor(engine: Engine, rows: number, columns: number) {
    this.#engine = engine;
    this.#rows = rows;
    this.#columns = columns;
  }

  /** Contents are undefined. */
  take(): Tensor {
    let tensor = this.#free.pop();
    if (tensor === undefined) {
      tensor = this.#engine.allocate(this.#rows, this.#columns);
      this.#all.push(tensor);
    }
    this.#peak = Math.max(this.#peak, this.#all.length - this.#free.length);
    return tensor;
  }

  give(tensor: Tensor): void {
    this.#free.push(tensor);
  }

  /**
   * Takes everything back: tensors handed out before are no longer the caller's. What the latest uses did not
   * need is freed bit by bit, so one solve of many steps does not hold its memory for good.
   */
  reset(): void {
    this.#resets += 1;
    this.#kept = Math.max(this.#peak, Math.floor(0.9 * this.#kept));
    this.#peak = 0;
    // The latest used are at the end: one of them may be the state to start the next solve from.
    for (const surplus of this.#all.splice(0, this.#all.length - this.#kept)) this.#engine.free(surplus);
    this.#free = [...this.#all];
  }

  /** Asks, later, whether what was taken since the latest reset is still the taker's. */
  lease(): () => boolean {
    const resets = this.#resets;
    return () => this.#resets === resets;
  }

  dispose(): void {
    this.#resets += 1;
    for (const tensor of this.#all) this.#engine.free(tensor);
    this.#all.length = 0;
    this.#free = [];
  }
}

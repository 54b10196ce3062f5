/**
 * A tensor of the tensorflow engine: a mutable holder of immutable native tensors.
 *
 * Its entries lie in TensorFlow, on the host, or in both places; they move when the other side asks. So entries that are
 * written one by one (a row of a batch, a column) cost one upload in the end, not one each.
 * Invariant: an array whose memory TensorFlow shares is never written again.
 */
import type { Tensor } from '../engine.js';
import type { Handle } from './binding.js';
import type { Operations } from './operations.js';

export class TensorflowTensor implements Tensor {
  #handle: Handle | null = null;
  #host: Float32Array | null;
  /** Whether the native tensor lies in the array's memory. */
  #shared = false;
  #live = true;

  constructor(
    readonly operations: Operations,
    readonly rows: number,
    readonly columns: number,
  ) {
    this.#host = new Float32Array(rows * columns);
  }

  /** False once freed. */
  get live(): boolean {
    return this.#live;
  }

  /** The native tensor; it belongs to this holder and lives until the next change. */
  handle(): Handle {
    this.settle();
    if (this.#handle === null) {
      if (this.#host === null) throw new Error('The tensor was freed.');
      this.#handle = this.operations.upload([this.rows, this.columns], this.#host);
      this.#shared = true;
    }
    return this.#handle;
  }

  /** The entries, to be read only. */
  entries(): Float32Array {
    this.settle();
    return (this.#host ??= this.operations.download(this.handle()));
  }

  /** The entries, to be changed before the next operation. */
  mutableEntries(): Float32Array {
    const entries = this.#shared ? this.entries().slice() : this.entries();
    this.#hold(null, entries);
    return entries;
  }

  /** Takes over a native tensor of this shape. */
  assign(handle: Handle): void {
    this.abandon();
    this.#hold(handle, null);
  }

  /** Takes over an array as the entries. */
  overwrite(entries: Float32Array): void {
    this.abandon();
    this.#hold(null, entries);
  }

  free(): void {
    this.abandon();
    this.#hold(null, null);
    this.#live = false;
  }

  /** Brings the entries up to date; a plain tensor's always are. */
  protected settle(): void {
    // See the gradient of `parameters.ts`.
  }

  /** Forgets what `settle` would bring. */
  protected abandon(): void {
    // See the gradient of `parameters.ts`.
  }

  #hold(handle: Handle | null, host: Float32Array | null): void {
    if (this.#handle !== null && this.#handle !== handle) this.operations.release(this.#handle);
    this.#handle = handle;
    this.#host = host;
    this.#shared = false;
  }
}

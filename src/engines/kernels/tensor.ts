/** A tensor of the kernels engine: a shape and an address. */
import type { Tensor } from '../engine.js';
import type { KernelMemory } from './memory.js';

class KernelTensor implements Tensor {
  /** 0 once freed: no block starts there. */
  address: number;

  constructor(
    readonly rows: number,
    readonly columns: number,
    readonly memory: KernelMemory,
  ) {
    this.address = memory.allocate(rows * columns * memory.entryBytes);
  }
}

export class TensorPool {
  constructor(private readonly memory: KernelMemory) {}

  /** Zero-filled. */
  allocate(rows: number, columns: number): Tensor {
    return new KernelTensor(rows, columns, this.memory);
  }

  /** @throws Error if it was freed before or is another engine's */
  free(tensor: Tensor): void {
    const own = this.#own(tensor);
    this.memory.free(own.address);
    own.address = 0;
  }

  /** @throws Error if it was freed or is another engine's */
  address(tensor: Tensor): number {
    return this.#own(tensor).address;
  }

  /** As `address`; 0 for none. */
  addressOrNone(tensor: Tensor | null): number {
    return tensor === null ? 0 : this.#own(tensor).address;
  }

  /** The entries as they lie in memory; valid until the next allocation. */
  view(tensor: Tensor): Float32Array | Float64Array {
    const first = this.address(tensor) / this.memory.entryBytes;
    return this.memory.reals.subarray(first, first + tensor.rows * tensor.columns);
  }

  #own(tensor: Tensor): KernelTensor {
    if (!(tensor instanceof KernelTensor) || tensor.memory !== this.memory || tensor.address === 0) {
      throw new Error('The tensor was freed or belongs to another engine.');
    }
    return tensor;
  }
}

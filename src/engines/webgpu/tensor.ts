/** A tensor of the webgpu engine: a shape and the word of the device's memory where its entries start. */
import type { Tensor } from '../engine.js';
import type { Blocks } from './blocks.js';

class WebgpuTensor implements Tensor {
  live = true;

  constructor(
    readonly rows: number,
    readonly columns: number,
    readonly start: number,
    readonly owner: TensorPool,
  ) {}
}

export class TensorPool {
  constructor(private readonly blocks: Blocks) {}

  /** Its entries are undefined. */
  allocate(rows: number, columns: number): Tensor {
    return new WebgpuTensor(rows, columns, this.blocks.take(rows * columns), this);
  }

  /** @throws Error if it was freed before or is another engine's */
  free(tensor: Tensor): void {
    const own = this.#own(tensor);
    own.live = false;
    this.blocks.give(own.start);
  }

  /** @throws Error if it was freed or is another engine's */
  readonly start = (tensor: Tensor): number => this.#own(tensor).start;

  #own(tensor: Tensor): WebgpuTensor {
    if (!(tensor instanceof WebgpuTensor) || tensor.owner !== this || !tensor.live) {
      throw new Error('The tensor was freed or belongs to another engine.');
    }
    return tensor;
  }
}

export function entryCount({ rows, columns }: Tensor): number {
  return rows * columns;
}

/**
 * The lists that a linear combination takes: factors and the addresses of the tensors, laid out for the kernels.
 *
 * Invariant: terms whose coefficient is exactly 0 are left out, whatever their tensors hold.
 */
import type { Tensor } from '../engine.js';
import { requireDistinct, requireLength, requireSameShape } from '../shape.js';
import type { KernelMemory } from './memory.js';
import type { TensorPool } from './tensor.js';

export class TermList {
  /** Where the kernels find the lists. */
  #factors: number;
  #addresses: number;
  /** More than any tableau has stages; it grows where the cotangents of many output times meet. */
  #capacity = 64;

  constructor(
    private readonly memory: KernelMemory,
    private readonly pool: TensorPool,
  ) {
    this.#factors = memory.allocate(8 * this.#capacity);
    this.#addresses = memory.allocate(4 * this.#capacity);
  }

  get factors(): number {
    return this.#factors;
  }

  get addresses(): number {
    return this.#addresses;
  }

  /** Lists scale·coefficient in the engine's dtype. @returns how many terms there are @throws Error if one is target */
  listRounded(target: Tensor, scale: number, coefficients: readonly number[], terms: readonly Tensor[]): number {
    return this.#list('reals', target, target, scale, coefficients, terms);
  }

  /** Lists scale·coefficient as doubles. @returns how many terms there are */
  listDoubles(like: Tensor, scale: number, coefficients: readonly number[], terms: readonly Tensor[]): number {
    return this.#list('doubles', like, null, scale, coefficients, terms);
  }

  #list(
    type: 'reals' | 'doubles',
    like: Tensor,
    overwritten: Tensor | null,
    scale: number,
    coefficients: readonly number[],
    terms: readonly Tensor[],
  ): number {
    requireLength('combination: coefficients', terms.length, coefficients.length);
    if (terms.length > this.#capacity) this.#grow(2 * terms.length);
    const view = this.memory[type];
    const { words } = this.memory;
    const firstFactor = this.#factors / view.BYTES_PER_ELEMENT;
    const firstAddress = this.#addresses / words.BYTES_PER_ELEMENT;
    let count = 0;
    for (let j = 0; j < terms.length; j++) {
      const term = terms[j];
      if (overwritten !== null) requireDistinct('combine', overwritten, term);
      requireSameShape('combination: term', like, term);
      const address = this.pool.address(term);
      if (coefficients[j] === 0) continue;
      view[firstFactor + count] = scale * coefficients[j];
      words[firstAddress + count] = address;
      count++;
    }
    return count;
  }

  #grow(capacity: number): void {
    this.memory.free(this.#factors);
    this.memory.free(this.#addresses);
    this.#factors = this.memory.allocate(8 * capacity);
    this.#addresses = this.memory.allocate(4 * capacity);
    this.#capacity = capacity;
  }
}

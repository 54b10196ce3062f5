/**
 * The lists that a linear combination takes: factors and the addresses of the tensors, laid out for the kernels.
 *
 * Invariant: terms whose coefficient is exactly 0 are left out, whatever their tensors hold.
 */
import type { Tensor } from '../engine.js';
import { requireDistinct, requireLength, requireSameShape } from '../shape.js';
import type { KernelMemory } from './memory.js';
import type { TensorPool } from './tensor.js';

/** Terms of one kernel call: more than any tableau has stages. */
export const termCapacity = 64;

export class TermList {
  /** Where the kernels find the lists. */
  readonly factors: number;
  readonly addresses: number;

  constructor(
    private readonly memory: KernelMemory,
    private readonly pool: TensorPool,
  ) {
    this.factors = memory.allocate(8 * termCapacity);
    this.addresses = memory.allocate(4 * termCapacity);
  }

  /** Lists scale·coefficient in the engine's dtype. @returns how many terms there are @throws Error if one is target */
  listRounded(target: Tensor, scale: number, coefficients: readonly number[], terms: readonly Tensor[]): number {
    return this.#list(this.memory.reals, target, target, scale, coefficients, terms);
  }

  /** Lists scale·coefficient as doubles. @returns how many terms there are */
  listDoubles(like: Tensor, scale: number, coefficients: readonly number[], terms: readonly Tensor[]): number {
    return this.#list(this.memory.doubles, like, null, scale, coefficients, terms);
  }

  #list(
    view: Float32Array | Float64Array,
    like: Tensor,
    overwritten: Tensor | null,
    scale: number,
    coefficients: readonly number[],
    terms: readonly Tensor[],
  ): number {
    requireLength('combination: coefficients', terms.length, coefficients.length);
    const { words } = this.memory;
    const firstFactor = this.factors / view.BYTES_PER_ELEMENT;
    const firstAddress = this.addresses / words.BYTES_PER_ELEMENT;
    let count = 0;
    for (let j = 0; j < terms.length; j++) {
      const term = terms[j];
      if (overwritten !== null) requireDistinct('combine', overwritten, term);
      requireSameShape('combination: term', like, term);
      const address = this.pool.address(term);
      if (coefficients[j] === 0) continue;
      if (count === termCapacity) throw new Error(`A list has at most ${termCapacity} terms.`);
      view[firstFactor + count] = scale * coefficients[j];
      words[firstAddress + count] = address;
      count++;
    }
    return count;
  }
}

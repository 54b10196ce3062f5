/**
 * The lists that a sum of products takes, laid out for the kernel: all coefficients, all terms' addresses, and by
 * product its factor's address and its number of terms.
 *
 * Invariant: terms whose coefficient is exactly 0 are left out, whatever their tensors hold, and products without terms.
 */
import type { ProductTerm, Tensor } from '../engine.js';
import { requireDistinct, requireLength, requireSameShape } from '../shape.js';
import type { KernelMemory } from './memory.js';
import type { TensorPool } from './tensor.js';

/** Terms of one call, over all products: a stochastic method of six stages has some forty. */
const termCapacity = 128;
const productCapacity = 16;

export class ProductList {
  /** Where the kernel finds the lists. */
  readonly factors: number;
  readonly addresses: number;
  readonly products: number;

  constructor(
    private readonly memory: KernelMemory,
    private readonly pool: TensorPool,
  ) {
    this.factors = memory.allocate(8 * termCapacity);
    this.addresses = memory.allocate(4 * termCapacity);
    this.products = memory.allocate(8 * productCapacity);
  }

  /** @returns how many products there are @throws Error if a factor or term is target or has another shape */
  list(target: Tensor, products: readonly ProductTerm[]): number {
    const { words, reals } = this.memory;
    const firstFactor = this.factors / reals.BYTES_PER_ELEMENT;
    const firstAddress = this.addresses / words.BYTES_PER_ELEMENT;
    const firstProduct = this.products / words.BYTES_PER_ELEMENT;
    let listed = 0;
    let count = 0;
    for (const { factor, coefficients, terms } of products) {
      requireLength('combineProducts: coefficients', terms.length, coefficients.length);
      const before = count;
      for (let j = 0; j < terms.length; j += 1) {
        const address = this.#source(target, terms[j]);
        if (coefficients[j] === 0) continue;
        if (count === termCapacity) throw new Error(`A sum of products has at most ${termCapacity} terms.`);
        reals[firstFactor + count] = coefficients[j];
        words[firstAddress + count] = address;
        count += 1;
      }
      const factorAddress = factor === null ? 0 : this.#source(target, factor);
      if (count === before) continue;
      if (listed === productCapacity) throw new Error(`A sum has at most ${productCapacity} products.`);
      words[firstProduct + 2 * listed] = factorAddress;
      words[firstProduct + 2 * listed + 1] = count - before;
      listed += 1;
    }
    return listed;
  }

  #source(target: Tensor, source: Tensor): number {
    requireSameShape('combineProducts', target, source);
    requireDistinct('combineProducts', target, source);
    return this.pool.address(source);
  }
}

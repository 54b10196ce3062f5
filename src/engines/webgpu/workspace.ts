/**
 * Blocks for what lives within one operation: partial sums, states between two layers.
 *
 * Invariant: a block is overwritten before it is read, in the order of the commands; so one of a name is enough for all
 * operations.
 */
import type { Blocks } from './blocks.js';

type Purpose = 'partials' | 'slices' | 'error' | 'products' | 'even' | 'odd' | 'added';

export class Workspace {
  readonly #known = new Map<Purpose, { readonly start: number; readonly words: number }>();

  constructor(private readonly blocks: Blocks) {}

  /** Where a block of at least so many words starts; it holds anything. */
  block(purpose: Purpose, words: number): number {
    const known = this.#known.get(purpose);
    if (known !== undefined && known.words >= words) return known.start;
    if (known !== undefined) {
      this.blocks.give(known.start);
      this.#known.delete(purpose);
    }
    const start = this.blocks.take(words);
    this.#known.set(purpose, { start, words });
    return start;
  }
}

/**
 * Scratch space by purpose, shared by all chains of an engine: one block each, as large as was asked for since there
 * last was no chain.
 *
 * Invariant: what a slot holds is only valid until another step or loss uses the same slot.
 */
import type { KernelMemory } from './memory.js';

export type Slot =
  /** Layers' outputs of an evaluation that keeps nothing. */
  | 'even-output'
  | 'odd-output'
  /** Cotangents between layers. */
  | 'even-cotangent'
  | 'odd-cotangent'
  | 'preactivation-cotangent'
  /** Packed operands of a weight gradient. */
  | 'gradient'
  /** Bias plus time's share. */
  | 'start'
  | 'exponentials';

/** One slot's block; resolved once, so that a call costs no look-up. */
export class Scratch {
  #address = 0;
  #bytes = 0;

  constructor(private readonly memory: KernelMemory) {}

  /** Where the block is until the next `reserve`; 0 without one. */
  get address(): number {
    return this.#address;
  }

  /** The block's address, with room for `bytes` bytes; what it held is lost where it must grow. */
  reserve(bytes: number): number {
    if (bytes > this.#bytes) {
      this.release();
      this.#address = this.memory.allocate(bytes);
      this.#bytes = bytes;
    }
    return this.#address;
  }

  release(): void {
    if (this.#bytes === 0) return;
    this.memory.free(this.#address);
    this.#address = 0;
    this.#bytes = 0;
  }
}

export class Workspace {
  readonly #slots = new Map<Slot, Scratch>();
  #chains = 0;

  constructor(private readonly memory: KernelMemory) {}

  /** The same for the same slot, as long as the engine lives. */
  slot(slot: Slot): Scratch {
    let scratch = this.#slots.get(slot);
    if (scratch === undefined) {
      scratch = new Scratch(this.memory);
      this.#slots.set(slot, scratch);
    }
    return scratch;
  }

  /** A chain begins to rely on what it reserved. */
  join(): void {
    this.#chains++;
  }

  /** A chain ends; with the last one, every block is freed. */
  leave(): void {
    this.#chains--;
    if (this.#chains > 0) return;
    for (const scratch of this.#slots.values()) scratch.release();
  }
}

/**
 * Scratch space by purpose, shared by all chains of an engine: one block each, as large as was asked for since there
 * last was no chain.
 *
 * Invariant: what a slot holds is only valid until another step or loss uses the same slot.
 */
import type { KernelMemory } from './memory.js';

/** In the order of their cells; the module takes each even one's odd one from the cell behind. */
const slots = [
  /** Layers' outputs of an evaluation that keeps nothing. */
  'even-output',
  'odd-output',
  /** Cotangents between layers. */
  'even-cotangent',
  'odd-cotangent',
  'preactivation-cotangent',
  /** Packed operands of a weight gradient. */
  'gradient',
  /** Bias plus time's share. */
  'start',
  'exponentials',
] as const;

export type Slot = (typeof slots)[number];

/** One slot's block; resolved once, so that a call costs no look-up. */
export class Scratch {
  #address = 0;
  #bytes = 0;

  constructor(
    private readonly memory: KernelMemory,
    /** Address of the word that says where the block is now: the module reads it, as blocks may move between calls. */
    readonly cell: number,
  ) {}

  /** The block's address, with room for `bytes` bytes; what it held is lost where it must grow. */
  reserve(bytes: number): number {
    if (bytes > this.#bytes) {
      this.release();
      this.#move(this.memory.allocate(bytes), bytes);
    }
    return this.#address;
  }

  release(): void {
    if (this.#bytes === 0) return;
    this.memory.free(this.#address);
    this.#move(0, 0);
  }

  #move(address: number, bytes: number): void {
    this.#address = address;
    this.#bytes = bytes;
    this.memory.words[this.cell / 4] = address;
  }
}

export class Workspace {
  readonly #scratches: Readonly<Record<Slot, Scratch>>;
  #chains = 0;

  constructor(memory: KernelMemory) {
    const cells = memory.allocate(4 * slots.length);
    const scratches = slots.map((slot, index) => [slot, new Scratch(memory, cells + 4 * index)]);
    this.#scratches = Object.fromEntries(scratches) as Record<Slot, Scratch>;
  }

  /** The same for the same slot, as long as the engine lives. */
  slot(slot: Slot): Scratch {
    return this.#scratches[slot];
  }

  /** A chain begins to rely on what it reserved. */
  join(): void {
    this.#chains++;
  }

  /** A chain ends; with the last one, every block is freed. */
  leave(): void {
    this.#chains--;
    if (this.#chains > 0) return;
    for (const scratch of Object.values(this.#scratches)) scratch.release();
  }
}

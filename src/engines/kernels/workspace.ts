/**
 * Scratch space by purpose, shared by all chains of an engine: one block each, as large as was ever asked for.
 *
 * Invariant: what a slot holds is only valid until the next call that reserves the same slot.
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

interface Block {
  readonly address: number;
  readonly bytes: number;
}

export class Workspace {
  readonly #blocks = new Map<Slot, Block>();

  constructor(private readonly memory: KernelMemory) {}

  /** The slot's address, with room for `bytes` bytes. */
  reserve(slot: Slot, bytes: number): number {
    const block = this.#blocks.get(slot);
    if (block !== undefined && block.bytes >= bytes) return block.address;
    if (block !== undefined) this.memory.free(block.address);
    const address = this.memory.allocate(bytes);
    this.#blocks.set(slot, { address, bytes });
    return address;
  }
}

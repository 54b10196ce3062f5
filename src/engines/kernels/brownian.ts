/**
 * The arithmetic of Brownian trees on the kernels: rows of doubles in their memory, W first, H behind it.
 *
 * Invariant: the bits of the host's arithmetic (`random/host-brownian.ts`).
 */
import type { BrownianArithmetic, BrownianNode, BrownianPart, BrownianRows } from '../engine.js';
import { requireLength } from '../shape.js';
import { loadKernels, type BrownianCalls } from './calls.js';
import { KernelMemory } from './memory.js';

/** Entries that a kernel works on at a time. */
const GROUP = 8;
const TWO_TO_32 = 0x1_0000_0000;

class KernelRows implements BrownianRows {
  /** Bytes from W to H. */
  readonly row: number;
  /** 0 once freed. */
  address: number;

  constructor(
    readonly entries: number,
    readonly memory: KernelMemory,
  ) {
    this.row = Math.ceil(entries / GROUP) * GROUP * Float64Array.BYTES_PER_ELEMENT;
    this.address = memory.allocate(2 * this.row);
  }
}

/** For engines whose tensors live elsewhere: with a small memory of its own. @throws UserError as `loadKernels` */
export async function createKernelBrownian(): Promise<KernelBrownian> {
  const { brownian, memory, heapBase } = await loadKernels('f64');
  return new KernelBrownian(brownian, new KernelMemory(memory, heapBase, 'f64'));
}

export class KernelBrownian implements BrownianArithmetic {
  readonly #calls: BrownianCalls;
  readonly #memory: KernelMemory;

  constructor(calls: BrownianCalls, memory: KernelMemory) {
    this.#calls = calls;
    this.#memory = memory;
  }

  allocate(entries: number): BrownianRows {
    return new KernelRows(entries, this.#memory);
  }

  free(rows: BrownianRows): void {
    const own = this.#own(rows);
    this.#memory.free(own.address);
    own.address = 0;
  }

  read(rows: BrownianRows, w: Float64Array, h: Float64Array): void {
    const { address, row, entries } = this.#own(rows);
    requireLength('Brownian increments: W', entries, w.length);
    requireLength('Brownian increments: H', entries, h.length);
    const { doubles } = this.#memory;
    const [firstW, firstH] = [address / 8, (address + row) / 8];
    w.set(doubles.subarray(firstW, firstW + entries));
    h.set(doubles.subarray(firstH, firstH + entries));
  }

  root({ key0, key1, stream }: BrownianNode, sizeW: number, sizeH: number, target: BrownianRows): void {
    const { row, address } = this.#own(target);
    this.#calls.brownianRoot(key0, key1, stream, row, sizeW, sizeH, address);
  }

  split(node: BrownianNode, length: number, source: BrownianRows, left: BrownianRows, right: BrownianRows): void {
    const { row, address } = this.#own(source);
    const root = Math.sqrt(length);
    this.#calls.brownianSplit(
      node.key0,
      node.key1,
      node.stream,
      node.number % TWO_TO_32,
      Math.floor(node.number / TWO_TO_32),
      row,
      root / 4,
      root / 8,
      Math.sqrt(length / 48),
      address,
      this.#own(left).address,
      this.#own(right).address,
    );
  }

  join(first: BrownianRows | null, node: BrownianRows, part: BrownianPart, target: BrownianRows): void {
    const { a, b, before, after } = part;
    const { row, address } = this.#own(node);
    const start = first === null ? 0 : this.#own(first).address;
    this.#calls.brownianJoin(row, b - a, 6 * (1 - a - b), before, after, start, address, this.#own(target).address);
  }

  #own(rows: BrownianRows): KernelRows {
    if (!(rows instanceof KernelRows) || rows.memory !== this.#memory || rows.address === 0) {
      throw new Error('The rows were freed or belong to another arithmetic.');
    }
    return rows;
  }
}

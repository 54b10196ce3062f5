/**
 * The kernels' memory: a first-fit free list over one growing WebAssembly memory.
 *
 * Invariants: blocks start at multiples of 16 bytes and end in `slackBytes` that kernels may overwrite (they store
 * whole vectors and tiles); neighbouring free blocks are merged; an address never moves.
 * Known limits: 4 GiB; memory is not given back before the engine is.
 */
import type { Dtype } from '../engine.js';

const pageBytes = 65_536;
const alignment = 16;
/** One tile's width: what a kernel may write behind the last entry. */
const slackBytes = 32;

interface FreeBlock {
  readonly address: number;
  readonly bytes: number;
}

export class KernelMemory {
  readonly entryBytes: number;
  /** Ascending by address. */
  #free: FreeBlock[];
  readonly #sizes = new Map<number, number>();
  /** Views of the whole memory, made anew whenever it grows. */
  bytes = new Uint8Array(0);
  words = new Uint32Array(0);
  doubles = new Float64Array(0);
  /** Entries of the engine's dtype. */
  reals: Float32Array | Float64Array = this.doubles;

  constructor(
    private readonly memory: WebAssembly.Memory,
    heapBase: number,
    readonly dtype: Dtype,
  ) {
    this.entryBytes = dtype === 'f32' ? 4 : 8;
    const start = roundUp(heapBase, alignment);
    this.#free = [{ address: start, bytes: memory.buffer.byteLength - start }];
    this.#view();
  }

  get totalBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Zero-filled space for `bytes` bytes. @throws Error if the memory cannot grow enough */
  allocate(bytes: number): number {
    const needed = roundUp(bytes, alignment) + slackBytes;
    let index = this.#free.findIndex((block) => block.bytes >= needed);
    if (index < 0) {
      this.#grow(needed);
      index = this.#free.length - 1;
    }
    const block = this.#free[index];
    const rest = { address: block.address + needed, bytes: block.bytes - needed };
    this.#free.splice(index, 1, ...(rest.bytes > 0 ? [rest] : []));
    this.#sizes.set(block.address, needed);
    this.bytes.fill(0, block.address, block.address + needed);
    return block.address;
  }

  /** @throws Error if nothing is allocated at the address */
  free(address: number): void {
    const bytes = this.#sizes.get(address);
    if (bytes === undefined) throw new Error(`Nothing is allocated at address ${address}.`);
    this.#sizes.delete(address);
    this.#release({ address, bytes });
  }

  #release(block: FreeBlock): void {
    const index = this.#free.findIndex((other) => other.address > block.address);
    this.#free.splice(index < 0 ? this.#free.length : index, 0, block);
    const merged = [this.#free[0]];
    for (const next of this.#free.slice(1)) {
      const last = merged[merged.length - 1];
      if (last.address + last.bytes === next.address) {
        merged[merged.length - 1] = { address: last.address, bytes: last.bytes + next.bytes };
      } else {
        merged.push(next);
      }
    }
    this.#free = merged;
  }

  /** Appends at least `bytes` bytes of free space; more, so that growing stays rare. */
  #grow(bytes: number): void {
    const end = this.totalBytes;
    const pages = Math.ceil(bytes / pageBytes);
    const generous = Math.max(pages, Math.ceil(end / pageBytes / 4));
    if (!this.#tryGrow(generous) && !this.#tryGrow(pages)) {
      throw new Error(`Out of memory: the kernels hold ${end} bytes and could not get ${bytes} more (at most 4 GiB).`);
    }
    this.#release({ address: end, bytes: this.totalBytes - end });
    this.#view();
  }

  #tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }

  #view(): void {
    const { buffer } = this.memory;
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.reals = this.dtype === 'f32' ? new Float32Array(buffer) : this.doubles;
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/**
 * Which words of the device's memory are taken: a first-fit free list over one range that grows at its end.
 *
 * Invariants: a block starts at a multiple of `alignment` words and never moves; neighbouring free blocks are merged.
 */

/** 256 bytes: a copy between buffers may start at any block. */
const alignment = 64;

interface FreeBlock {
  readonly start: number;
  readonly words: number;
}

export class Blocks {
  /** Ascending by start. */
  #free: FreeBlock[] = [];
  readonly #taken = new Map<number, number>();
  #end = 0;

  /** @param grow makes the range at least `end` words long and returns its new length; throws if it cannot */
  constructor(private readonly grow: (end: number) => number) {}

  /** Words in taken blocks. */
  get takenWords(): number {
    return [...this.#taken.values()].reduce((sum, words) => sum + words, 0);
  }

  /** The start of a new block; what it holds is undefined. @throws as `grow` */
  take(words: number): number {
    const needed = Math.max(1, Math.ceil(words / alignment)) * alignment;
    let index = this.#free.findIndex((block) => block.words >= needed);
    if (index < 0) {
      const last = this.#free.at(-1);
      const usable = last !== undefined && last.start + last.words === this.#end ? last.words : 0;
      const end = this.grow(this.#end + needed - usable);
      const added = { start: this.#end, words: end - this.#end };
      this.#end = end;
      this.#insert(added);
      index = this.#free.length - 1;
    }
    const { start, words: size } = this.#free[index];
    this.#free.splice(index, 1, ...(size > needed ? [{ start: start + needed, words: size - needed }] : []));
    this.#taken.set(start, needed);
    return start;
  }

  /** @throws Error if no block starts there */
  give(start: number): void {
    const words = this.#taken.get(start);
    if (words === undefined) throw new Error(`No block starts at word ${start}.`);
    this.#taken.delete(start);
    this.#insert({ start, words });
  }

  #insert({ start, words }: FreeBlock): void {
    const found = this.#free.findIndex((block) => block.start > start);
    const index = found < 0 ? this.#free.length : found;
    const before = this.#free.at(index - 1);
    const after = this.#free.at(index);
    const joinsBefore = index > 0 && before !== undefined && before.start + before.words === start;
    const joinsAfter = after !== undefined && index < this.#free.length && start + words === after.start;
    const merged = {
      start: joinsBefore ? before.start : start,
      words: words + (joinsBefore ? before.words : 0) + (joinsAfter ? after.words : 0),
    };
    const first = joinsBefore ? index - 1 : index;
    this.#free.splice(first, (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0), merged);
  }
}

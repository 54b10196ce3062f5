/**
 * Random streams: Philox words turned into uniforms, normals, integers and permutations.
 *
 * Sources: polar method for normals, Marsaglia and Bray (SIAM Review 6, 1964); shuffle, Fisher and Yates.
 * Invariant: only exactly rounded arithmetic (+ − × ÷ and √) enters, so that a stream has the same bits on
 * every machine; a stream shares no state with another.
 * Limits: a stream holds 2^64 blocks of four words, of which positions count 2^53 words; a uniform takes two words, an
 * integer one or more.
 */
import { log } from '../elementary/elementary.js';
import { advance, BLOCK_WORDS, philox } from './philox.js';
import type { RandomKey, RandomStream, StreamPosition } from './random.js';
import { streamIdentity } from './stream-identity.js';

const TWO_TO_26 = 0x400_0000;
const TWO_TO_32 = 0x1_0000_0000;
const TWO_TO_MINUS_53 = 1 / 0x20_0000_0000_0000;

/**
 * The stream of (key, purpose), at its beginning.
 *
 * @param purpose what the numbers are for, such as "weights": streams of different purposes are independent.
 * @throws Error if a seed is out of its range or the purpose is empty or no well-formed text; the methods of
 *   the stream throw Error on an empty range.
 */
export function createRandom(key: RandomKey, purpose: string): RandomStream {
  return new PhiloxStream(streamIdentity(key, purpose));
}

class PhiloxStream implements RandomStream {
  /** Words 0 and 1 count the blocks; words 2 and 3 are half of the stream's identity, the key is the other half. */
  readonly #counter: Uint32Array;
  readonly #key: Uint32Array;
  readonly #block = new Uint32Array(BLOCK_WORDS);
  #used = BLOCK_WORDS;
  /** The polar method makes normals in pairs: the second waits here. */
  #waitingNormal: number | undefined;

  constructor(identity: Uint32Array) {
    this.#counter = Uint32Array.of(0, 0, ...identity.subarray(2));
    this.#key = identity.slice(0, 2);
  }

  uniform(): number {
    const high = this.#word() >>> 5;
    const low = this.#word() >>> 6;
    return (high * TWO_TO_26 + low) * TWO_TO_MINUS_53;
  }

  uniformBetween(low: number, high: number): number {
    const width = high - low;
    if (!(width > 0 && width < Infinity)) {
      throw new Error(`uniformBetween needs low < high at a finite distance, not ${low} and ${high}.`);
    }
    for (;;) {
      // The sum may round up to `high`, which the half-open interval leaves out.
      const value = low + width * this.uniform();
      if (value < high) return value;
    }
  }

  normal(): number {
    const waiting = this.#waitingNormal;
    if (waiting !== undefined) {
      this.#waitingNormal = undefined;
      return waiting;
    }
    for (;;) {
      // A point of the unit disc; 2u − 1 is exact.
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const s = x * x + y * y;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * log(s)) / s);
        this.#waitingNormal = y * scale;
        return x * scale;
      }
    }
  }

  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_TO_32) {
      throw new Error(`The bound of a random integer must be an integer in [1, 2^32], not ${bound}.`);
    }
    // Words from the last, incomplete run of `bound` values would favour small remainders: they are redrawn.
    const limit = TWO_TO_32 - (TWO_TO_32 % bound);
    for (;;) {
      const word = this.#word();
      if (word < limit) return word % bound;
    }
  }

  permutation(count: number): Uint32Array {
    if (!Number.isInteger(count) || count < 0 || count > TWO_TO_32) {
      throw new Error(`A permutation needs a count that is an integer in [0, 2^32], not ${count}.`);
    }
    const order = new Uint32Array(count);
    for (let i = 0; i < count; i += 1) {
      // Inside out: i goes to a random place among the first i + 1, and what was there moves to the end.
      const place = this.integer(i + 1);
      order[i] = order[place];
      order[place] = i;
    }
    return order;
  }

  position(): StreamPosition {
    const blocks = this.#counter[1] * TWO_TO_32 + this.#counter[0];
    return { words: BLOCK_WORDS * (blocks - 1) + this.#used, waitingNormal: this.#waitingNormal ?? null };
  }

  seek({ words, waitingNormal }: StreamPosition): void {
    if (!Number.isSafeInteger(words) || words < 0) {
      throw new Error(`A stream has no position of ${words} words.`);
    }
    const blocks = Math.floor(words / BLOCK_WORDS);
    this.#counter.set([blocks % TWO_TO_32, Math.floor(blocks / TWO_TO_32)]);
    this.#used = BLOCK_WORDS;
    if (words % BLOCK_WORDS > 0) {
      this.#nextBlock();
      this.#used = words % BLOCK_WORDS;
    }
    this.#waitingNormal = waitingNormal ?? undefined;
  }

  #word(): number {
    if (this.#used === BLOCK_WORDS) this.#nextBlock();
    const word = this.#block[this.#used];
    this.#used += 1;
    return word;
  }

  #nextBlock(): void {
    philox(this.#block, this.#counter, this.#key);
    advance(this.#counter);
    this.#used = 0;
  }
}

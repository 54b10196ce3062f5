/**
 * Streams of random numbers that are pure functions of (sweep seed, trial seed, purpose, position).
 *
 * The key of a stream is its name run through Philox as a sponge: each pair of words of (sweep seed, trial
 * seed, UTF-8 of the purpose) is mixed into the state by ten rounds. Normals come from Marsaglia's polar
 * method with the logarithm of `elementary/` and the exactly rounded square root, so that their bits are the
 * same on every machine (Math.log's are not promised to be).
 */
import { log } from '../elementary/elementary.js';
import { philox } from './philox.js';
import type { RandomKey, RandomStream } from './random.js';

/** @throws Error if a seed is not an integer of its range */
export function createRandom(key: RandomKey, purpose: string): RandomStream {
  return new PhiloxStream(deriveKey(key, purpose));
}

class PhiloxStream implements RandomStream {
  readonly #key: readonly [number, number];
  readonly #counter = new Uint32Array(4);
  readonly #block = new Uint32Array(4);
  /** Words of the block that are used up. */
  #used = 4;
  #spareNormal: number | null = null;

  constructor(key: readonly [number, number]) {
    this.#key = key;
  }

  uniform(): number {
    const high = this.#word() >>> 5;
    const low = this.#word() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  uniformBetween(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  normal(): number {
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const square = u * u + v * v;
      if (square === 0 || square >= 1) continue;
      const radius = Math.sqrt((-2 * log(square)) / square);
      this.#spareNormal = v * radius;
      return u * radius;
    }
  }

  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new Error(`The bound of a random integer must be an integer in [1, 2^32], not ${bound}.`);
    }
    // Words from the last, incomplete multiple of the bound are drawn again: no residue is favoured.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const word = this.#word();
      if (word < limit) return word % bound;
    }
  }

  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last -= 1) {
      const other = this.integer(last + 1);
      [order[last], order[other]] = [order[other], order[last]];
    }
    return order;
  }

  #word(): number {
    if (this.#used === 4) {
      philox(this.#counter, this.#key[0], this.#key[1], this.#block);
      this.#advanceCounter();
      this.#used = 0;
    }
    this.#used += 1;
    return this.#block[this.#used - 1];
  }

  #advanceCounter(): void {
    const counter = this.#counter;
    for (let k = 0; k < 4; k += 1) {
      counter[k] += 1;
      if (counter[k] !== 0) return;
    }
  }
}

function deriveKey({ sweepSeed, trialSeed }: RandomKey, purpose: string): readonly [number, number] {
  requireSeed('sweep seed', sweepSeed, Number.MAX_SAFE_INTEGER);
  requireSeed('trial seed', trialSeed, 2 ** 32 - 1);
  const name = new TextEncoder().encode(purpose);
  const words = [sweepSeed >>> 0, Math.floor(sweepSeed / 2 ** 32), trialSeed, name.length];
  for (let start = 0; start < name.length; start += 4) {
    let word = 0;
    for (let k = start; k < Math.min(start + 4, name.length); k += 1) word = (word << 8) | name[k];
    words.push(word >>> 0);
  }
  const state = new Uint32Array(4);
  for (let k = 0; k < words.length; k += 2) philox(state, words[k], words[k + 1] ?? 0, state);
  return [state[0], state[1]];
}

function requireSeed(what: string, seed: number, largest: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed > largest) {
    throw new Error(`The ${what} must be an integer in [0, ${largest}], not ${seed}.`);
  }
}

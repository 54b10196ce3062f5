/**
 * Two standard normals as a pure function of a Philox counter: what a tree needs that is entered anywhere.
 *
 * Source: polar method, Marsaglia and Bray (SIAM Review 6, 1964), as the streams of `create-random.ts` draw theirs;
 * a point outside the unit disc is drawn again from the block of the next attempt, not from the next block of a stream.
 * Invariant: depends on counter and key alone; only exactly rounded arithmetic enters.
 */
import { log } from '../elementary/elementary.js';
import { philox } from './philox.js';

const TWO_TO_26 = 0x400_0000;
/** 2^−52: doubles a uniform of 53 bits on the way. */
const TWO_TO_MINUS_52 = 1 / 0x10_0000_0000_0000;
/** Attempts are counted in the upper bits of word 1, so that the words below stay the caller's. */
const ATTEMPT_SHIFT = 20;

/** Counters whose word 1 stays below this never meet another counter's attempts. */
export const WORD_1_LIMIT = 1 << ATTEMPT_SHIFT;

/**
 * Writes two independent N(0, 1) of `counter` under `key` into `pair`.
 * @param counter word 1 in [0, WORD_1_LIMIT); left as it was @param block overwritten
 */
export function normalPair(pair: Float64Array, counter: Uint32Array, key: Uint32Array, block: Uint32Array): void {
  const word = counter[1];
  for (;;) {
    philox(block, counter, key);
    const x = symmetric(block[0], block[1]);
    const y = symmetric(block[2], block[3]);
    const s = x * x + y * y;
    if (s > 0 && s < 1) {
      const scale = Math.sqrt((-2 * log(s)) / s);
      pair[0] = x * scale;
      pair[1] = y * scale;
      counter[1] = word;
      return;
    }
    counter[1] += WORD_1_LIMIT;
  }
}

/** U[−1, 1) from two words; exact. */
function symmetric(high: number, low: number): number {
  return ((high >>> 5) * TWO_TO_26 + (low >>> 6)) * TWO_TO_MINUS_52 - 1;
}

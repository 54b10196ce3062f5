/**
 * The 128 bits that tell one stream from another: a fixed hash of (sweep seed, trial seed, purpose).
 *
 * Method: Davies–Meyer chaining of Philox. The state h starts at zero; each pair of message words is a Philox
 * key, and h becomes Philox(h) xor h. The message is: sweep seed (low word, high word), trial seed, number of
 * bytes of the purpose, then its UTF-8 bytes, four a word, least significant first, padded with zeros to whole
 * pairs. The length makes the encoding one-to-one.
 *
 * Invariant: stored results are reproducible only while this hash stays as it is; the tests pin its values.
 * Limits: spreads keys well, but is no cryptographic hash.
 */
import { BLOCK_WORDS, philox } from './philox.js';
import type { RandomKey } from './random.js';

const TWO_TO_32 = 0x1_0000_0000;
const HEADER_WORDS = 4;

/**
 * Four words that identify the stream of (key, purpose).
 *
 * @throws Error if a seed is out of its range or the purpose is empty or no well-formed text.
 */
export function streamIdentity(key: RandomKey, purpose: string): Uint32Array {
  const message = encode(key, purpose);
  const state = new Uint32Array(BLOCK_WORDS);
  const block = new Uint32Array(BLOCK_WORDS);
  for (let start = 0; start < message.length; start += 2) {
    philox(block, state, message.subarray(start, start + 2));
    block.forEach((word, i) => (state[i] = word ^ state[i]));
  }
  return state;
}

function encode({ sweepSeed, trialSeed }: RandomKey, purpose: string): Uint32Array {
  if (!Number.isSafeInteger(sweepSeed) || sweepSeed < 0) {
    throw new Error(`The sweep seed must be an integer in [0, 2^53), not ${sweepSeed}.`);
  }
  if (!Number.isInteger(trialSeed) || trialSeed < 0 || trialSeed >= TWO_TO_32) {
    throw new Error(`The trial seed must be an integer in [0, 2^32), not ${trialSeed}.`);
  }
  // A lone surrogate has no UTF-8: all of them would be encoded alike, and their streams would coincide.
  if (purpose === '' || /\p{Surrogate}/u.test(purpose)) {
    throw new Error(`The purpose of a random stream must be well-formed text, not ${JSON.stringify(purpose)}.`);
  }
  const bytes = new TextEncoder().encode(purpose);
  const message = new Uint32Array(HEADER_WORDS + 2 * Math.ceil(bytes.length / 8));
  message.set([sweepSeed % TWO_TO_32, Math.floor(sweepSeed / TWO_TO_32), trialSeed, bytes.length]);
  bytes.forEach((byte, i) => {
    const word = HEADER_WORDS + (i >>> 2);
    message[word] = message[word] | (byte << (8 * (i & 3)));
  });
  return message;
}

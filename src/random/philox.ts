/**
 * Philox-4x32-10: a bijection of 128-bit counters for each 64-bit key, whose outputs pass for independent
 * random words although each is computed alone.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC11), section 4.
 * Invariant: a block depends on its counter and key alone; the tests hold the authors' known answers.
 * Limits: statistical quality, not secrecy.
 */
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
/** Weyl increments of the key: the golden ratio and √3 − 1 in units of 2^−32. */
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** Words of one block. */
export const BLOCK_WORDS = 4;

/**
 * Writes the block of `counter` (four words, least significant first) under `key` (two words) into `block`
 * (four words, which may be `counter` itself).
 */
export function philox(block: Uint32Array, counter: Uint32Array, key: Uint32Array): void {
  // `| 0` throughout: signed words stay in integer registers, and the typed array makes them unsigned again.
  let c0 = counter[0] | 0;
  let c1 = counter[1] | 0;
  let c2 = counter[2] | 0;
  let c3 = counter[3] | 0;
  let k0 = key[0] | 0;
  let k1 = key[1] | 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const high0 = highProduct(c0, MULTIPLIER_0);
    const low0 = Math.imul(c0, MULTIPLIER_0);
    const high1 = highProduct(c2, MULTIPLIER_1);
    const low1 = Math.imul(c2, MULTIPLIER_1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  block[0] = c0;
  block[1] = c1;
  block[2] = c2;
  block[3] = c3;
}

/** Adds one to the number in the first two words of `counter`, modulo 2^64; the other words stay. */
export function advance(counter: Uint32Array): void {
  counter[0] += 1;
  if (counter[0] === 0) counter[1] += 1;
}

/** The upper 32 bits of the 64-bit product of two words, by halves of 16 bits: no partial sum reaches 2^32. */
function highProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const carry = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}

/**
 * Halton points: coordinate j of point i is i written in the j-th prime, mirrored at the point, each digit permuted.
 *
 * Sources: Halton 1960; a random permutation for each digit, that of the zeros after the last one too, by Owen 2017,
 * "A randomized Halton algorithm in R" (arXiv 1706.02808). Unscrambled, coordinates of large primes run in step for
 * their whole first rounds.
 * Invariant: a point depends on (sweep seed, index, the names in alphabetical order) alone.
 * Limits: `haltonDimensions` dimensions; beyond a dozen, Sobol' points fill the space more evenly.
 */
import { createRandom } from '../random/create-random.js';
import type { PointSequence, Space } from './domain.js';
import { sequenceOf } from './point-sequence.js';

const significantBits = 53;

/** Primes below 312. */
const primes = Array.from({ length: 310 }, (_, k) => k + 2).filter((n) => {
  for (let divisor = 2; divisor * divisor <= n; divisor += 1) if (n % divisor === 0) return false;
  return true;
});

export const haltonDimensions = primes.length;

/** @param space in which at most `haltonDimensions` parameters vary */
export function haltonPoints(space: Space, sweepSeed: number): PointSequence {
  return sequenceOf(space, (name, dimension) => {
    if (dimension >= haltonDimensions)
      throw new RangeError(`Halton points have at most ${haltonDimensions} dimensions.`);
    const digits = permutations(primes[dimension], sweepSeed, name);
    return (index) => radicalInverse(index, digits);
  });
}

/** One permutation of the base's digits for each digit that a double can tell. */
function permutations(base: number, sweepSeed: number, name: string): readonly Uint32Array[] {
  const stream = createRandom({ sweepSeed, trialSeed: 0 }, `halton sampler: ${name}`);
  const count = Math.ceil(significantBits / Math.log2(base));
  return Array.from({ length: count }, () => stream.permutation(base));
}

function radicalInverse(index: number, permuted: readonly Uint32Array[]): number {
  const base = permuted[0].length;
  let rest = index;
  let weight = 1;
  let sum = 0;
  for (const digits of permuted) {
    weight /= base;
    sum += digits[rest % base] * weight;
    rest = Math.floor(rest / base);
  }
  return Math.min(sum, 1 - 2 ** -significantBits);
}

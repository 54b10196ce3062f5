/**
 * Sobol' points, scrambled by nested permutations: any 2^m of them that begin at a multiple of 2^m fill the cube evenly.
 *
 * Sources: Sobol' 1967; order by Gray code and direction numbers, Joe and Kuo 2008 (`sobol-directions.ts`). Scrambling:
 * Owen 1995, with the hash of Laine and Karras 2011 in Vegdahl's form instead of stored permutations (Burley 2020,
 * "Practical hash-based Owen scrambling", JCGT 9(4)).
 * Invariant: a point depends on (sweep seed, index, the names in alphabetical order) alone. The first m bits of a
 * scrambled word depend on the first m bits of the word alone, so that nets stay nets.
 * Why scrambled: without it every sweep would begin at the corner of all minima, with the same points whatever its seed;
 * a mere shift by exclusive or would keep the differences between points, and with them the sequence's regular patterns.
 * Why our own: the package `sobol` walks the points in order, reads its numbers from a file, and cannot scramble.
 * Limits: `sobolDimensions` dimensions; indices below 2^32; 32 bits a coordinate.
 */
import { createRandom } from '../random/create-random.js';
import type { PointSequence, Space } from './domain.js';
import { sequenceOf } from './point-sequence.js';
import { directionSeeds, sobolDimensions } from './sobol-directions.js';

const bits = 32;
const twoTo32 = 2 ** bits;

/** @param space in which at most `sobolDimensions` parameters vary */
export function sobolPoints(space: Space, sweepSeed: number): PointSequence {
  return sequenceOf(space, (name, dimension) => {
    const directions = directionsOf(dimension);
    const seed = createRandom({ sweepSeed, trialSeed: 0 }, `sobol sampler: ${name}`).integer(twoTo32);
    return (index) => scramble(word(directions, index), seed) / twoTo32;
  });
}

/** The unscrambled coordinate in units of 2^−32. @param dimension 0-based */
export function sobolWord(dimension: number, index: number): number {
  return word(directionsOf(dimension), index);
}

function word(directions: Uint32Array, index: number): number {
  let gray = (index ^ (index >>> 1)) >>> 0;
  let sum = 0;
  for (let k = 0; gray !== 0; k += 1, gray >>>= 1) if ((gray & 1) === 1) sum ^= directions[k];
  return sum >>> 0;
}

/** v_k = m_k 2^(32−k); m_k by the recurrence of the polynomial (Joe and Kuo 2008, equation 2). */
function directionsOf(dimension: number): Uint32Array {
  const directions = new Uint32Array(bits);
  if (dimension === 0) return directions.map((_, k) => 1 << (bits - 1 - k));
  if (dimension >= sobolDimensions) throw new RangeError(`Sobol' points have at most ${sobolDimensions} dimensions.`);
  const { coefficients, initial } = directionSeeds[dimension - 1];
  const degree = initial.length;
  for (let k = 0; k < bits; k += 1) {
    if (k < degree) {
      directions[k] = initial[k] << (bits - 1 - k);
      continue;
    }
    let v = directions[k - degree] ^ (directions[k - degree] >>> degree);
    for (let i = 1; i < degree; i += 1) {
      if (((coefficients >>> (degree - 1 - i)) & 1) === 1) v ^= directions[k - i];
    }
    directions[k] = v;
  }
  return directions;
}

/** Flips each bit by a hash of the bits above it: in reversed order, multiplication carries from low bits to high only. */
function scramble(value: number, seed: number): number {
  let x = reverseBits(value);
  x ^= Math.imul(x, 0x3d20adea);
  x = (x + seed) | 0;
  x = Math.imul(x, (seed >>> 16) | 1);
  x ^= Math.imul(x, 0x05526c56);
  x ^= Math.imul(x, 0x53a22864);
  return reverseBits(x);
}

function reverseBits(value: number): number {
  let x = value;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}

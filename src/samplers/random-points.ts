/**
 * Independent random points: a value depends on the seed of the sweep, the index of the point and the name of
 * its parameter alone, so that neither more points nor other parameters change it.
 */
import { createRandom } from '../random/create-random.js';
import type { Point, Space } from './domain.js';
import { valueAt } from './unit-interval.js';

/** @param index 0-based, below 2^32 */
export function randomPoint(space: Space, sweepSeed: number, index: number): Point {
  const drawn = Array.from(space, ([name, domain]) => {
    const stream = createRandom({ sweepSeed, trialSeed: index }, `random sampler: ${name}`);
    return [name, valueAt(domain, stream.uniform())] as const;
  });
  return Object.fromEntries(drawn);
}

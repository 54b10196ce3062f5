/**
 * Independent random points: a value depends on the seed of the sweep, the index of the point and the name of
 * its parameter alone, so that neither more points nor other parameters change it.
 */
import { exp, log } from '../elementary/elementary.js';
import { createRandom } from '../random/create-random.js';
import type { RandomStream } from '../random/random.js';
import { multiples, type Domain, type Point, type Scalar, type Space } from './domain.js';

/** @param index 0-based, below 2^32 */
export function randomPoint(space: Space, sweepSeed: number, index: number): Point {
  const drawn = Array.from(space, ([name, domain]) => {
    const stream = createRandom({ sweepSeed, trialSeed: index }, `random sampler: ${name}`);
    return [name, draw(domain, stream)] as const;
  });
  return Object.fromEntries(drawn);
}

function draw(domain: Domain, stream: RandomStream): Scalar {
  switch (domain.kind) {
    case 'values':
      return domain.values[stream.integer(domain.values.length)];
    case 'integers':
      return domain.min + stream.integer(domain.max - domain.min + 1);
    case 'range': {
      const { min, max, logarithmic, step } = domain;
      const drawn = logarithmic ? exp(stream.uniformBetween(log(min), log(max))) : stream.uniformBetween(min, max);
      // Twelve digits keep cells readable and hide the last bits of exp.
      if (step === null) return Math.min(max, Math.max(min, Number(drawn.toPrecision(12))));
      const { first, last } = multiples(min, max, step);
      const nearest = Math.min(last, Math.max(first, Math.round(drawn / step)));
      return Number((nearest * step).toPrecision(12));
    }
  }
}

/**
 * Independent random points; point i is the same however many are asked for.
 */
import { exp, log } from '../elementary/elementary.js';
import { createRandom } from '../random/create-random.js';
import type { RandomStream } from '../random/random.js';
import type { Domain, Point, Scalar, Space } from './domain.js';

/** @param index 0-based */
export function randomPoint(space: Space, sweepSeed: number, index: number): Point {
  const stream = createRandom({ sweepSeed, trialSeed: index }, 'random sampler');
  return Object.fromEntries(Array.from(space, ([name, domain]) => [name, draw(domain, stream)]));
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
      const rounded = step === null ? drawn : Math.round(drawn / step) * step;
      // Twelve digits keep cells readable and hide the last bits of exp.
      return Math.min(max, Math.max(min, Number(rounded.toPrecision(12))));
    }
  }
}

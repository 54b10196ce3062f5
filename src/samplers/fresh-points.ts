/**
 * Points that can still be had: what a sampler proposes, and where that is taken, chance.
 */
import type { RandomStream } from '../random/random.js';
import type { Point, PointSequence, Space } from './domain.js';
import { varyingNames } from './point-sequence.js';
import { randomPoint } from './random-points.js';
import { sobolDimensions } from './sobol-directions.js';
import { sobolPoints } from './sobol.js';
import { valueAt } from './unit-interval.js';

/** Proposals that may be taken, or left out by conditions, before chance has its turn. */
const proposals = 100;
/** And random points before a space counts as exhausted: conditions may leave one in a hundred, or fewer. */
const randomTries = 2000;

/**
 * @param propose another proposal for place `k` with each call
 * @returns `count` points; fewer: no further one was found
 */
export function freshPoints(
  { space, stream, count }: { readonly space: Space; readonly stream: RandomStream; readonly count: number },
  claim: (point: Point) => boolean,
  propose: (k: number) => Point,
): readonly Point[] {
  const points: Point[] = [];
  while (points.length < count) {
    const point =
      firstClaimed(proposals, () => propose(points.length), claim) ??
      firstClaimed(randomTries, () => uniformPoint(space, stream), claim);
    if (point === null) break;
    points.push(point);
  }
  return points;
}

function firstClaimed(tries: number, propose: () => Point, claim: (point: Point) => boolean): Point | null {
  for (let n = 0; n < tries; n += 1) {
    const point = propose();
    if (claim(point)) return point;
  }
  return null;
}

/** Where nothing is known yet: points that fill the space. */
export function firstPoints(space: Space, sweepSeed: number): PointSequence {
  if (varyingNames(space).length <= sobolDimensions) return sobolPoints(space, sweepSeed);
  return (index) => randomPoint(space, sweepSeed, index);
}

export function uniformPoint(space: Space, stream: RandomStream): Point {
  return Object.fromEntries(Array.from(space, ([name, domain]) => [name, valueAt(domain, stream.uniform())]));
}

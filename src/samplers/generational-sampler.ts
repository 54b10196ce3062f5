/**
 * Samplers that learn: they propose a generation of points at a time from what earlier ones gave.
 *
 * Contract: the points of a generation are a pure function of the space, the seed, its index and what was observed;
 * each has been claimed; fewer than asked for mean that no further point was found.
 */
import type { Point } from './domain.js';

export interface Observation {
  /** What did not vary for this point – a parameter whose condition did not hold – is left out. */
  readonly point: Point;
  /** To minimise, one per objective; null: it gave no result, which is worse than any. */
  readonly costs: readonly number[] | null;
}

export interface GenerationalSampler {
  /**
   * Points of generation `index`.
   * @param observed all points of generations ≤ index − 2, in order
   * @param claim takes a point, unless it exists already or conditions leave it out; false: it cannot be had
   */
  generation(index: number, observed: readonly Observation[], claim: (point: Point) => boolean): readonly Point[];
}

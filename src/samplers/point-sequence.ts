/**
 * Points from coordinates: what Sobol' and Halton points have in common.
 *
 * Invariant: dimensions go to the parameters that vary in alphabetical order of their names, so that neither the order
 * of the file nor a parameter that is held fixed changes a point.
 */
import { isFixed, type PointSequence, type Space } from './domain.js';
import { valueAt } from './unit-interval.js';

/** A number in [0, 1) for each index. */
export type Coordinate = (index: number) => number;

/** Names of the parameters that vary, by dimension. */
export function varyingNames(space: Space): readonly string[] {
  return Array.from(space)
    .flatMap(([name, domain]) => (isFixed(domain) ? [] : [name]))
    .sort();
}

export function sequenceOf(space: Space, coordinateOf: (name: string, dimension: number) => Coordinate): PointSequence {
  const coordinates = new Map(varyingNames(space).map((name, dimension) => [name, coordinateOf(name, dimension)]));
  return (index) => {
    const values = Array.from(space, ([name, domain]) => {
      return [name, valueAt(domain, coordinates.get(name)?.(index) ?? 0)] as const;
    });
    return Object.fromEntries(values);
  };
}

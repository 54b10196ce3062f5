/**
 * The points of a sweep in the order in which they run: single points first, then those of the method, as values of
 * parameters.
 *
 * Seeds that are listed (or `repeats`) repeat every point; they are not drawn. They vary slowest, so that the early
 * picture of a long sweep is all of its points.
 */
import { isFixed, type Point, type PointSequence, type Space } from '../../samplers/domain.js';
import { gridPoints } from '../../samplers/grid.js';
import { haltonPoints } from '../../samplers/halton.js';
import { randomPoint } from '../../samplers/random-points.js';
import { sobolPoints } from '../../samplers/sobol.js';
import { valueAt } from '../../samplers/unit-interval.js';
import type { Activation } from './activation.js';
import type { SweepSpecification } from '../specification/load-specification.js';

export function* planPoints(specification: SweepSpecification, activation: Activation): Generator<Point> {
  const { method, axes, runCap } = specification;
  yield* extraPoints(specification, activation);
  if (method === 'grid') {
    for (const point of gridPoints(axes)) {
      const settled = activation.settleOnce(point);
      if (settled !== null) yield settled;
    }
    return;
  }
  const draw = sequenceOf(specification);
  for (const repeat of gridPoints(repeatedSeeds(axes))) {
    for (let index = 0; index < (runCap ?? 0); index += 1) yield activation.settle({ ...draw(index), ...repeat });
  }
}

/** What is fixed in the file holds for single points, too; what varies has the task's default where a point says nothing. */
export function* extraPoints({ points, axes }: SweepSpecification, { settle }: Activation): Generator<Point> {
  if (points.length === 0) return;
  const fixed = Array.from(axes).filter(([name, domain]) => name !== 'seed' && isFixed(domain));
  const base = Object.fromEntries(fixed.map(([name, domain]) => [name, valueAt(domain, 0)]));
  for (const repeat of gridPoints(repeatedSeeds(axes))) {
    for (const point of points) yield settle({ ...base, ...repeat, ...point });
  }
}

/** The axes that the method draws. */
export function drawnAxes(axes: Space): Space {
  const seeds = repeatedSeeds(axes);
  return new Map(Array.from(axes).filter(([name]) => !seeds.has(name)));
}

export function repeatedSeeds(axes: Space): Space {
  return new Map(Array.from(axes).filter(([name, { kind }]) => name === 'seed' && kind === 'values'));
}

function sequenceOf({ method, axes, seed }: SweepSpecification): PointSequence {
  const drawn = drawnAxes(axes);
  if (method === 'sobol') return sobolPoints(drawn, seed);
  if (method === 'halton') return haltonPoints(drawn, seed);
  return (index) => randomPoint(drawn, seed, index);
}

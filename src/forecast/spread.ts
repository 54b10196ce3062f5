/**
 * Settings far from each other first, so that few trials tell something of every parameter: each next one is the one farthest
 * from all before it (Gonzalez 1985, farthest-first traversal, within a factor of two of the best spread).
 *
 * A grid in its own order varies its last axis first and teaches nothing of the others for long.
 */
import { featuresOver, type Setting } from './features.js';

/**
 * @param done settings that have been tried
 * @returns places in `waiting`; what is equally far stays in the order given
 * Cost: n² for n waiting settings.
 */
export function spreadOrder(waiting: readonly Setting[], done: readonly Setting[]): readonly number[] {
  const features = featuresOver([...waiting, ...done], ['seed']);
  const points = waiting.map((setting) => features.of(setting));
  const nearest = points.map(() => Infinity);
  const approach = (point: Float64Array): void => {
    for (const [index, other] of points.entries()) nearest[index] = Math.min(nearest[index], distance(point, other));
  };
  for (const setting of done) approach(features.of(setting));
  const left = new Set(points.keys());
  const order: number[] = [];
  while (left.size > 0) {
    let [next] = left;
    for (const index of left) if (nearest[index] > nearest[next]) next = index;
    left.delete(next);
    order.push(next);
    approach(points[next]);
  }
  return order;
}

/** Squared. */
function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (const [index, value] of a.entries()) sum += (value - b[index]) ** 2;
  return sum;
}

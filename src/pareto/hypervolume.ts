/**
 * Hypervolume indicator in two dimensions: one number for how good a whole frontier is.
 *
 * Zitzler & Thiele 1999 ("Multiobjective evolutionary algorithms: a comparative case study and the
 * strength Pareto approach"): the area that at least one point dominates, up to a reference point. It
 * grows when a point is added exactly if that point is not dominated and better than the reference.
 */

/** Two costs, both minimised; negate what is maximised. */
export type CostPair = readonly [number, number];

/**
 * Area dominated by `points` within the reference; O(n log n). Dominated points add nothing; points
 * that are not better than the reference in both costs, or not finite, are left out.
 * @throws RangeError if the reference is not finite
 */
export function hypervolume2d(points: readonly CostPair[], reference: CostPair): number {
  const [right, top] = reference;
  if (!Number.isFinite(right) || !Number.isFinite(top)) {
    throw new RangeError(`The reference point must be finite, but is [${right}, ${top}].`);
  }
  const inside = points
    .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y) && x < right && y < top)
    .sort(([ax, ay], [bx, by]) => ax - bx || ay - by);
  let area = 0;
  let ceiling = top;
  for (const [x, y] of inside) {
    if (y >= ceiling) continue;
    area += (right - x) * (ceiling - y);
    ceiling = y;
  }
  return area;
}

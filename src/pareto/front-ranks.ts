/**
 * Non-dominated sorting: how many fronts lie before each point.
 *
 * Front 0 is the frontier; front k is the frontier of what is left without the fronts before it (Deb et al. 2002,
 * NSGA-II). Method: efficient non-dominated sort with binary search, Zhang, Tian, Cheng & Jin 2015: in lexicographic
 * order a point can be dominated only by points before it, and being dominated by a front means being dominated by
 * every earlier one.
 *
 * Cost: O(n log n) for two objectives, O(n² log n) at worst for more.
 */
import { compareCosts, dominates } from './frontier.js';

/**
 * @param points costs to minimise, all of the same length
 * @returns for each point the index of its front; Infinity where a cost is not finite: such a point dominates nothing
 */
export function frontRanks(points: readonly (readonly number[])[]): readonly number[] {
  const ranks = points.map(() => Infinity);
  const order = Array.from(points.keys())
    .filter((index) => points[index].every(Number.isFinite))
    .sort((a, b) => compareCosts(points[a], points[b]));
  const fronts: (readonly number[])[][] = [];
  for (const index of order) {
    const point = points[index];
    let low = 0;
    let high = fronts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (frontDominates(fronts[middle], point)) low = middle + 1;
      else high = middle;
    }
    if (low === fronts.length) fronts.push([]);
    fronts[low].push(point);
    ranks[index] = low;
  }
  return ranks;
}

function frontDominates(front: readonly (readonly number[])[], point: readonly number[]): boolean {
  // With two objectives the latest of a front has its lowest second cost: it speaks for all.
  const rivals = point.length <= 2 ? front.slice(-1) : front;
  return rivals.some((rival) => dominates(rival, point));
}

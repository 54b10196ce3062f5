/**
 * The Pareto frontier: the points that no other point dominates.
 *
 * a dominates b when a is at least as good in every objective and better in one (Miettinen 1999,
 * Nonlinear Multiobjective Optimization, definition 2.2.1, for strict improvement in some component).
 * Points that are equal in every objective do not dominate each other: all of them stay.
 *
 * Cost: O(n log n) for one or two objectives, O(n log n + n·f) for more, f the size of the frontier.
 */

export type Goal = 'minimize' | 'maximize';

export interface PointObjective<Point> {
  /** Null where the point has no such value. */
  readonly value: (point: Point) => number | null;
  readonly goal: Goal;
}

/**
 * The non-dominated points, in the order given. A point with a missing or non-finite value is never
 * among them, nor does it dominate.
 * @throws RangeError without any objective
 */
export function frontier<Point>(
  points: readonly Point[],
  objectives: readonly PointObjective<Point>[],
): readonly Point[] {
  if (objectives.length === 0) throw new RangeError('A frontier needs at least one objective.');
  const candidates = points
    .map((point, index) => ({ point, index, costs: costsOf(point, objectives) }))
    .filter(({ costs }) => costs.every(Number.isFinite))
    .sort((a, b) => compareCosts(a.costs, b.costs));
  // In this order no point dominates an earlier one: each needs to be held only against those kept.
  const kept: typeof candidates = [];
  for (const candidate of candidates) {
    // With two objectives the last one kept has the lowest second cost so far: it speaks for all.
    const rivals = objectives.length <= 2 ? kept.slice(-1) : kept;
    if (!rivals.some((rival) => dominates(rival.costs, candidate.costs))) kept.push(candidate);
  }
  return kept.sort((a, b) => a.index - b.index).map(({ point }) => point);
}

/** What is to be minimised stays, what is to be maximised is negated; NaN where there is no value. */
export function costOf(value: number | null, goal: Goal): number {
  const measured = value ?? NaN;
  return goal === 'minimize' ? measured : -measured;
}

/** True if costs `a` (lower is better) are nowhere worse than `b` and somewhere better. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let better = false;
  for (let index = 0; index < a.length; index += 1) {
    if (!(a[index] <= b[index])) return false;
    better ||= a[index] < b[index];
  }
  return better;
}

function costsOf<Point>(point: Point, objectives: readonly PointObjective<Point>[]): readonly number[] {
  return objectives.map(({ value, goal }) => costOf(value(point), goal));
}

/** Lexicographic order of costs: no point dominates one that stands before it. */
export function compareCosts(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < a.length; index += 1) {
    const difference = a[index] - b[index];
    if (difference !== 0) return difference;
  }
  return 0;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frontier, type PointObjective } from '../../src/pareto/frontier.js';

type Point = readonly (number | null)[];

const objectives = (goals: readonly ('minimize' | 'maximize')[]): readonly PointObjective<Point>[] =>
  goals.map((goal, index) => ({ goal, value: (point) => point[index] ?? null }));

const both = objectives(['minimize', 'minimize']);

/** Small integers make ties and duplicates frequent. */
const coordinate = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }) },
  { weight: 2, arbitrary: fc.double({ noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(null, NaN, Infinity, -Infinity) },
);

const goals = fc.array(fc.constantFrom('minimize' as const, 'maximize' as const), { minLength: 1, maxLength: 4 });

const problem = goals.chain((chosen) =>
  fc.record({
    goals: fc.constant(chosen),
    points: fc.array(fc.array(coordinate, { minLength: chosen.length, maxLength: chosen.length }), { maxLength: 40 }),
  }),
);

/** The definition, word by word. */
function isDominated(point: Point, points: readonly Point[], chosen: readonly ('minimize' | 'maximize')[]): boolean {
  const cost = (each: Point): readonly number[] =>
    chosen.map((goal, index) => (goal === 'minimize' ? 1 : -1) * (each[index] ?? NaN));
  const own = cost(point);
  return points.some((other) => {
    const costs = cost(other);
    return (
      costs.every(Number.isFinite) &&
      costs.every((value, index) => value <= (own[index] ?? NaN)) &&
      costs.some((value, index) => value < (own[index] ?? NaN))
    );
  });
}

describe('The frontier', () => {
  it('of no points is empty', () => {
    expect(frontier([], both)).toEqual([]);
  });

  it('needs an objective', () => {
    expect(() => frontier([[1]], [])).toThrow(RangeError);
  });

  it('keeps the order, ties and duplicates', () => {
    const points = [
      [3, 1],
      [1, 3],
      [2, 2],
      [2, 2],
      [2, 3],
      [3, 2],
    ];
    expect(frontier(points, both)).toEqual([
      [3, 1],
      [1, 3],
      [2, 2],
      [2, 2],
    ]);
  });

  it('follows the goals', () => {
    const points = [
      [10, 0.8],
      [20, 0.9],
      [30, 0.85],
    ];
    expect(frontier(points, objectives(['minimize', 'maximize']))).toEqual([
      [10, 0.8],
      [20, 0.9],
    ]);
  });

  it('never holds a point without a finite value, even one that would beat all', () => {
    const points = [
      [1, NaN],
      [-Infinity, 0],
      [0, null],
      [5, 5],
    ];
    expect(frontier(points, both)).toEqual([[5, 5]]);
  });

  it('is exactly the finite points that no other dominates', () => {
    fc.assert(
      fc.property(problem, ({ goals: chosen, points }) => {
        const finite = (point: Point): boolean => point.every((value) => value !== null && Number.isFinite(value));
        const expected = points.filter((point) => finite(point) && !isDominated(point, points, chosen));
        expect(frontier(points, objectives(chosen))).toEqual(expected);
      }),
    );
  });

  it('of a frontier is itself', () => {
    fc.assert(
      fc.property(problem, ({ goals: chosen, points }) => {
        const once = frontier(points, objectives(chosen));
        expect(frontier(once, objectives(chosen))).toEqual(once);
      }),
    );
  });

  it('of a hundred thousand points that are all on it does not take quadratic time', () => {
    const points = Array.from({ length: 100_000 }, (_, index) => [index, -index]);
    expect(frontier(points, both)).toHaveLength(100_000);
  });
});

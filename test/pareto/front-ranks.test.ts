import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frontier } from '../../src/pareto/frontier.js';
import { frontRanks } from '../../src/pareto/front-ranks.js';

/** By definition: the frontier is taken away again and again. */
function peeled(points: readonly (readonly number[])[]): readonly number[] {
  const ranks = points.map(() => Infinity);
  let left = Array.from(points.keys());
  for (let rank = 0; ; rank += 1) {
    const objectives = points[0].map((_, k) => ({
      value: (index: number) => points[index][k],
      goal: 'minimize' as const,
    }));
    const front = new Set(frontier(left, objectives));
    if (front.size === 0) return ranks;
    for (const index of front) ranks[index] = rank;
    left = left.filter((index) => !front.has(index));
  }
}

const cost = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 8 }) },
  { weight: 1, arbitrary: fc.constant(NaN) },
);

describe('Ranks of fronts', () => {
  it('count the fronts before each point', () => {
    expect(frontRanks([[1, 3], [3, 1], [2, 4], [1, 3], [4, 4], [NaN, 0]])).toEqual([0, 0, 1, 0, 2, Infinity]); // prettier-ignore
    expect(frontRanks([])).toEqual([]);
  });

  it.each([1, 2, 3, 4])('are those of taking the frontier away again and again, with %i objectives', (length) => {
    const points = fc.array(fc.array(cost, { minLength: length, maxLength: length }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(points, (given) => {
        expect(frontRanks(given)).toEqual(peeled(given));
      }),
    );
  });
});

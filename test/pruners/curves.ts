/** Curves by hand, for tests of pruners. */
import fc from 'fast-check';
import type { Measure } from '../../src/pruners/measure.js';
import type { Curve, Pruner } from '../../src/pruners/pruner.js';

export const nfe: Measure = { name: 'nfe', goal: 'minimize', index: 0 };
export const loss: Measure = { name: 'loss', goal: 'minimize', index: 1 };

/** A curve of losses, one an epoch; its NFE is 100 throughout. */
export function losses(values: readonly number[], ended = true): Curve {
  return costs(
    values.map((value) => [100, value]),
    ended,
  );
}

/** A curve of (nfe, loss), one pair an epoch. */
export function costs(pairs: readonly (readonly [number, number])[], ended = true): Curve {
  return { points: pairs.map((pair, k) => ({ epoch: k + 1, costs: pair, nfe: pair[0], loss: pair[1] })), ended };
}

/** The first epoch at which a trial with this curve is stopped; null if it runs to its end. */
export function stoppedAt(pruner: Pruner, own: Curve, others: readonly Curve[]): number | null {
  for (let count = 1; count <= own.points.length; count += 1) {
    const soFar = { points: own.points.slice(0, count), ended: false };
    if (pruner.verdict(soFar, others) !== null) return count;
  }
  return null;
}

const cost = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity) },
);
const pairs = fc.array(fc.tuple(cost, cost), { minLength: 1, maxLength: 9 });

/** Small whole costs, so that ties are common; now and then NaN or infinity. */
export const anyCurve: fc.Arbitrary<Curve> = fc
  .tuple(pairs, fc.boolean())
  .map(([points, ended]) => costs(points, ended));

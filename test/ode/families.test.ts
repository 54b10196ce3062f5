import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import type { Tableau } from '../../src/ode/tableau.js';
import {
  oneParameterFamilies,
  rk2,
  rk3,
  rk4,
  rk4DoubleEnd,
  rk4DoubleNode,
  rk4ReturningNode,
} from '../../src/ode/tableaux/families.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { orderConditions, residual } from './rooted-trees.js';

function expectClose(
  own: Tableau,
  c: readonly number[],
  a: readonly (readonly number[])[],
  b: readonly number[],
): void {
  const [flat, expected] = [[own.c, ...own.a, own.b].flat(), [c, ...a, b].flat()];
  expect(flat).toHaveLength(expected.length);
  expected.forEach((x, i) => expect(flat[i]).toBeCloseTo(x, 13));
}

/** A node at some distance from the refused ones, so that rounding stays small. */
const node = (refused: readonly number[]): fc.Arbitrary<number> =>
  fc.double({ min: -2, max: 2, noNaN: true }).filter((u) => refused.every((bad) => Math.abs(u - bad) > 0.02));

/** Zeros of b_4 on the line v = 1 − u. */
const lastWeightGone = [1 / 2 - Math.sqrt(3) / 6, 1 / 2 + Math.sqrt(3) / 6];

const members: readonly (readonly [string, number, fc.Arbitrary<Tableau>])[] = [
  ['rk2(u)', 2, node([0]).map(rk2)],
  [
    'rk3(u, v)',
    3,
    fc
      .tuple(node([0, 2 / 3]), node([0]))
      .filter(([u, v]) => Math.abs(u - v) > 0.02)
      .map(([u, v]) => rk3(u, v)),
  ],
  ['rk4(u)', 4, node([0, 1, ...lastWeightGone]).map((u) => rk4(u))],
  [
    'rk4(u, v)',
    4,
    fc
      .tuple(node([0, 1 / 2, 1]), node([0, 1]))
      .filter(([u, v]) => Math.abs(u - v) > 0.02 && Math.abs(6 * u * v - 4 * (u + v) + 3) > 0.02)
      .map(([u, v]) => rk4(u, v)),
  ],
  ['rk4_u1(u)', 4, node([0]).map(rk4ReturningNode)],
  ['rk4_u2(u)', 4, node([0]).map(rk4DoubleNode)],
  ['rk4_u3(u)', 4, node([0]).map(rk4DoubleEnd)],
];

describe.each(members)('Every member of %s', (_, order, arbitrary) => {
  it(`has order ${order} and no more, row sums equal to its nodes, and no estimate`, () => {
    fc.assert(
      fc.property(arbitrary, (tableau) => {
        const { a, b, c, errorWeights } = tableau;
        expect([tableau.order, b.length, errorWeights]).toEqual([order, order, null]);
        // Rounding grows with the products of coefficients in the conditions.
        const largest = Math.max(1, ...[...a, b].flat().map(Math.abs));
        const conditions = orderConditions(tableau, order + 1);
        a.forEach((row, i) =>
          expect(Math.abs(row.reduce((sum, x) => sum + x, 0) - c[i])).toBeLessThan(1e-14 * largest),
        );
        for (let size = 1; size <= order; size += 1) {
          expect(residual(conditions, size, b)).toBeLessThan(1e-14 * largest ** 3);
        }
        // As many stages as the order: the tallest tree of the next order has Φ = 0, so its 1/γ = 1/(p + 1)! is missed.
        expect(residual(conditions, order + 1, b)).toBeGreaterThan(0.99 / [0, 0, 6, 24, 120][order]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('Known members', () => {
  it('of rk2: the midpoint rule, Ralston’s and Heun’s method', () => {
    const { midpoint, heun } = tableaux;
    expectClose(rk2(1 / 2), midpoint.c, midpoint.a, midpoint.b);
    expectClose(rk2(2 / 3), [0, 2 / 3], [[], [2 / 3]], [1 / 4, 3 / 4]);
    expectClose(rk2(1), heun.c, heun.a, heun.b);
  });

  it('of rk3: Kutta’s, Heun’s, Ralston’s, van der Houwen’s, Fehlberg’s', () => {
    const { bosh3, fehlberg32 } = tableaux;
    expectClose(rk3(1 / 2, 1), [0, 1 / 2, 1], [[], [1 / 2], [-1, 2]], [1 / 6, 2 / 3, 1 / 6]);
    expectClose(rk3(1 / 3, 2 / 3), [0, 1 / 3, 2 / 3], [[], [1 / 3], [0, 2 / 3]], [1 / 4, 0, 3 / 4]);
    expectClose(rk3(8 / 15, 2 / 3), [0, 8 / 15, 2 / 3], [[], [8 / 15], [1 / 4, 5 / 12]], [1 / 4, 0, 3 / 4]);
    expectClose(rk3(1 / 2, 3 / 4), bosh3.c.slice(0, 3), bosh3.a.slice(0, 3), bosh3.b.slice(0, 3));
    expectClose(rk3(1, 1 / 2), fehlberg32.c, fehlberg32.a, fehlberg32.b);
  });

  it('of rk4: the classical method, also as the limit of its neighbours, and the 3/8 rule', () => {
    const classical = tableaux.rk4;
    expectClose(rk4(1 / 2), classical.c, classical.a, classical.b);
    expectClose(rk4DoubleNode(1 / 3), classical.c, classical.a, classical.b);
    const near = rk4(1 / 2 + 1e-9);
    near.a.flat().forEach((x, i) => expect(Math.abs(x - classical.a.flat()[i])).toBeLessThan(1e-8));
    const rows = [[], [1 / 3], [-1 / 3, 1], [1, -1, 1]];
    expectClose(rk4(1 / 3), [0, 1 / 3, 2 / 3, 1], rows, [1 / 8, 3 / 8, 3 / 8, 1 / 8]);
    // 2/3 is not 1 − 1/3 to the last digit: this takes the general formula.
    expectClose(rk4(1 / 3, 2 / 3), [0, 1 / 3, 2 / 3, 1], rows, [1 / 8, 3 / 8, 3 / 8, 1 / 8]);
  });
});

it('Every family of one parameter has members around u = 0.4', () => {
  for (const family of Object.values(oneParameterFamilies)) {
    const tableau = family(0.4);
    expect(residual(orderConditions(tableau, tableau.order), tableau.order, tableau.b)).toBeLessThan(1e-14);
  }
});

describe('Parameters at which a formula divides by zero', () => {
  it.each<[string, () => Tableau]>([
    ['rk2(0)', () => rk2(0)],
    ['rk2(NaN)', () => rk2(NaN)],
    ['rk3(0, 1)', () => rk3(0, 1)],
    ['rk3(1, 0)', () => rk3(1, 0)],
    ['rk3(0.5, 0.5)', () => rk3(0.5, 0.5)],
    ['rk3(0.6666666666666666, 1)', () => rk3(2 / 3, 1)],
    ['rk4(0, 1)', () => rk4(0)],
    ['rk4(1, 0)', () => rk4(1)],
    [`rk4(${lastWeightGone[0]}`, () => rk4(lastWeightGone[0])],
    ['rk4(0.5, 0.25)', () => rk4(1 / 2, 1 / 4)],
    ['rk4(0.25, 0.25)', () => rk4(1 / 4, 1 / 4)],
    ['rk4(0.25, 1)', () => rk4(1 / 4, 1)],
    ['rk4_u1(0)', () => rk4ReturningNode(0)],
    ['rk4_u2(0)', () => rk4DoubleNode(0)],
    ['rk4_u3(0)', () => rk4DoubleEnd(0)],
  ])('are refused: %s', (name, build) => {
    expect(build).toThrow(UserError);
    expect(build).toThrow(`There is no method ${name}`);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeTableau } from '../../src/ode/closed-tableau.js';
import { interpolationWeights } from '../../src/ode/interpolation.js';
import { isFirstSameAsLast, type Tableau } from '../../src/ode/tableau.js';
import { tableaux } from '../../src/ode/tableaux/index.js';

type Vector = readonly number[];
const dot = (u: Vector, v: Vector): number => u.reduce((sum, x, i) => sum + x * v[i], 0);

/**
 * The elementary weights of all rooted trees up to order 5, as [Φ, 1/γ] (Butcher; Hairer, Nørsett & Wanner
 * I, table II.2.2).
 */
function orderConditions({ a, c }: Tableau, order: number) {
  const s = c.length;
  const times = (v: Vector): Vector => a.map((row) => dot(row, v.slice(0, row.length)));
  const mul = (u: Vector, v: Vector): Vector => u.map((x, i) => x * v[i]);
  const one = Array.from({ length: s }, () => 1);
  const [c2, c3, c4] = [mul(c, c), mul(c, mul(c, c)), mul(mul(c, c), mul(c, c))];
  const [ac, ac2, ac3] = [times(c), times(c2), times(c3)];
  const trees: readonly (readonly [number, Vector, number])[] = [
    [1, one, 1],
    [2, c, 1 / 2],
    [3, c2, 1 / 3],
    [3, ac, 1 / 6],
    [4, c3, 1 / 4],
    [4, mul(c, ac), 1 / 8],
    [4, ac2, 1 / 12],
    [4, times(ac), 1 / 24],
    [5, c4, 1 / 5],
    [5, mul(c2, ac), 1 / 10],
    [5, mul(ac, ac), 1 / 20],
    [5, mul(c, ac2), 1 / 15],
    [5, ac3, 1 / 20],
    [5, mul(c, times(ac)), 1 / 30],
    [5, times(mul(c, ac)), 1 / 40],
    [5, times(ac2), 1 / 60],
    [5, times(times(ac)), 1 / 120],
  ];
  return trees.filter(([size]) => size <= order);
}

describe.each(Object.values(tableaux))('$name', (tableau) => {
  const { a, b, c, errorWeights, order } = tableau;

  it('has row sums equal to its nodes', () => {
    a.forEach((row, i) => expect(row.reduce((sum, x) => sum + x, 0)).toBeCloseTo(c[i], 13));
  });

  it('satisfies every order condition of its order', () => {
    for (const [, weights, expected] of orderConditions(tableau, order)) {
      expect(dot(b, weights)).toBeCloseTo(expected, 13);
    }
  });

  it('has an embedded solution of one order less, and not of its own order', () => {
    const embedded = b.map((x, i) => x - (errorWeights?.[i] ?? NaN));
    const residuals = orderConditions(tableau, order).map(
      ([size, weights, expected]) => [size, Math.abs(dot(embedded, weights) - expected)] as const,
    );
    expect(Math.max(...residuals.filter(([size]) => size < order).map(([, r]) => r))).toBeLessThan(1e-13);
    expect(Math.max(...residuals.map(([, r]) => r))).toBeGreaterThan(1e-5);
  });

  it('has its stability size: the extent of the stability region along the negative real axis', () => {
    // R(z) = 1 + z bᵀ(I − zA)⁻¹1 = 1 + Σ zⁿ bᵀAⁿ⁻¹1 for an explicit method.
    const growth = (z: number): number => {
      let power = c.map(() => 1);
      let value = 1;
      for (let n = 1; n <= c.length; n += 1) {
        value += z ** n * dot(b, power);
        power = a.map((row) => dot(row, power.slice(0, row.length)));
      }
      return Math.abs(value);
    };
    const size = tableau.stabilitySize;
    for (let z = 0; z < size - 1e-3; z += 0.01) expect(growth(-z)).toBeLessThanOrEqual(1 + 1e-12);
    expect(growth(-size + 1e-3)).toBeLessThan(1);
    expect(growth(-size - 1e-3)).toBeGreaterThan(1);
  });

  it('is FSAL', () => expect(isFirstSameAsLast(tableau)).toBe(true));

  it('interpolates with order 4 (own interpolant) or 3 (Hermite), and exactly at both ends', () => {
    const dense = tableau.interpolant === null ? 3 : 4;
    const zero = interpolationWeights(closeTableau(tableau), 0);
    const end = interpolationWeights(closeTableau(tableau), 1);
    expect(Math.max(...zero.map(Math.abs))).toBeLessThan(1e-13);
    end.forEach((w, i) => expect(w).toBeCloseTo(b[i], 12));
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (theta) => {
        const weights = interpolationWeights(closeTableau(tableau), theta);
        for (const [size, phi, expected] of orderConditions(tableau, dense)) {
          expect(Math.abs(dot(weights, phi) - expected * theta ** size)).toBeLessThan(1e-12);
        }
      }),
    );
  });
});

it('The two dopri5 rows estimate the same solution with different constants', () => {
  expect(tableaux.dopri5_classic.b).toEqual(tableaux.dopri5_shampine.b);
  expect(tableaux.dopri5_classic.errorWeights).not.toEqual(tableaux.dopri5_shampine.errorWeights);
});

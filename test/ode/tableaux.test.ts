import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeTableau } from '../../src/ode/closed-tableau.js';
import { interpolationWeights } from '../../src/ode/interpolation.js';
import { isFirstSameAsLast } from '../../src/ode/tableau.js';
import { fixedStepNames, pairNames, solverNames, tableaux } from '../../src/ode/tableaux/index.js';
import { dot, orderConditions, residual, rootedTrees } from './rooted-trees.js';

interface PublishedPair {
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly c: readonly number[];
  readonly berr: readonly number[];
  readonly order: number;
  readonly fsal: boolean;
}

/** Every pair as doubles, from other sources than the expressions in src. */
const file = new URL('../fixtures/tableaux.json', import.meta.url);
const published = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, PublishedPair>>;

const upTo = (order: number): readonly number[] => Array.from({ length: order }, (_, n) => n + 1);

it('Rooted trees are as many as Cayley counted', () => {
  const counts = upTo(9).map((n) => rootedTrees(n).filter(({ size }) => size === n).length);
  expect(counts).toEqual([1, 1, 2, 4, 9, 20, 48, 115, 286]);
});

it('Every published pair of an ODE is offered', () => {
  const odePairs = Object.keys(published).filter((name) => 'order' in published[name]);
  expect(pairNames.filter((name) => name !== 'fehlberg32').sort()).toEqual(odePairs.sort());
});

describe.each(pairNames.filter((name) => name in published))('%s', (name) => {
  it('has the published coefficients', () => {
    const { a, b, c, berr, order } = published[name];
    const ours = tableaux[name];
    const pairsOfRows = [...a.map((row, i) => [row, ours.a[i]]), [b, ours.b], [c, ours.c], [berr, ours.errorWeights]];
    for (const [row, own] of pairsOfRows) {
      expect(own).toHaveLength(row?.length ?? NaN);
      row?.forEach((x, j) => expect(Math.abs((own?.[j] ?? NaN) - x)).toBeLessThan(1e-15 * Math.max(1, Math.abs(x))));
    }
    expect([ours.a.length, ours.order]).toEqual([a.length, order]);
  });

  it('is FSAL where it is published as FSAL', () => {
    expect(isFirstSameAsLast(tableaux[name])).toBe(published[name].fsal);
  });
});

describe.each(solverNames.map((name) => tableaux[name]))('$name', (tableau) => {
  const { a, b, c, order } = tableau;
  const conditions = orderConditions(tableau, order + 1);

  it('has row sums equal to its nodes', () => {
    a.forEach((row, i) => expect(row.reduce((sum, x) => sum + x, 0)).toBeCloseTo(c[i], 13));
  });

  it('satisfies every order condition of its order, and not all of the next', () => {
    for (const size of upTo(order)) expect(residual(conditions, size, b)).toBeLessThan(5e-14);
    expect(residual(conditions, order + 1, b)).toBeGreaterThan(5e-6);
  });

  it('has its stability size: the extent of the stability region along the negative real axis', () => {
    // R(z) = 1 + z bᵀ(I − zA)⁻¹1 = 1 + Σ zⁿ bᵀAⁿ⁻¹1 for an explicit method.
    const growth = (z: number): number => {
      let power = c.map(() => 1);
      let value = 1;
      for (let n = 1; n <= c.length; n += 1) {
        value += z ** n * dot(b, power);
        power = a.map((row) => dot(row, power));
      }
      return Math.abs(value);
    };
    const size = tableau.stabilitySize;
    for (let z = 0; z < size - 1e-4; z += 0.01) expect(growth(-z)).toBeLessThanOrEqual(1 + 1e-12);
    expect(growth(-size + 1e-4)).toBeLessThan(1);
    expect(growth(-size - 1e-4)).toBeGreaterThan(1);
  });
});

describe.each(pairNames.map((name) => tableaux[name]))('$name', (tableau) => {
  it('has an embedded solution of one order less, and not of its own order', () => {
    const { b, order, errorWeights } = tableau;
    const conditions = orderConditions(tableau, order);
    const embedded = b.map((x, i) => x - (errorWeights?.[i] ?? NaN));
    for (const size of upTo(order - 1)) expect(residual(conditions, size, embedded)).toBeLessThan(5e-14);
    expect(residual(conditions, order, embedded)).toBeGreaterThan(5e-5);
  });
});

it('Only pairs have an error estimate', () => {
  expect(fixedStepNames.map((name) => tableaux[name].errorWeights)).toEqual(fixedStepNames.map(() => null));
});

describe.each(solverNames.map((name) => tableaux[name]))('The dense output of $name', (tableau) => {
  const ownOrder = tableau.name === 'dopri8' ? 5 : 4;
  const order = tableau.interpolant === null ? Math.min(tableau.order, 3) : ownOrder;
  const closed = closeTableau(tableau);
  const weightsAt = (theta: number): readonly number[] => interpolationWeights(closed, theta);
  const conditions = orderConditions(closed, order + 1);

  it(`satisfies the continuous order conditions of order ${order}, and not all of the next`, () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (theta) => {
        for (const size of upTo(order)) {
          expect(residual(conditions, size, weightsAt(theta), theta)).toBeLessThan(1e-12);
        }
      }),
    );
    const next = [0.3, 0.5, 0.7].map((theta) => residual(conditions, order + 1, weightsAt(theta), theta));
    expect(Math.max(...next)).toBeGreaterThan(1e-6);
  });

  it('meets both ends with their values and slopes', () => {
    const { b } = closed;
    // One-sided, of second order.
    const slope = (theta: number, step: number): readonly number[] => {
      const [near, far] = [weightsAt(theta + step), weightsAt(theta + 2 * step)];
      return weightsAt(theta).map((w, i) => (4 * near[i] - far[i] - 3 * w) / (2 * step));
    };
    const unit = (k: number): readonly number[] => b.map((_, i) => (i === k ? 1 : 0));
    const distance = (u: readonly number[], v: readonly number[]) => Math.max(...u.map((x, i) => Math.abs(x - v[i])));
    const nothing = b.map(() => 0);
    expect(distance(weightsAt(0), nothing)).toBeLessThan(1e-13);
    expect(distance(weightsAt(1), b)).toBeLessThan(1e-12);
    expect(distance(slope(0, 1e-5), unit(0))).toBeLessThan(1e-7);
    expect(distance(slope(1, -1e-5), unit(b.length - 1))).toBeLessThan(1e-7);
  });
});

it('The dense output of dopri8 is the one that its generator derived', () => {
  const derived = JSON.parse(
    readFileSync(new URL('../fixtures/dopri8-dense/coefficients.json', import.meta.url), 'utf8'),
  ) as { readonly stages: readonly number[]; readonly p: readonly (readonly number[])[] };
  // w(1/2) of the stages with neither a Hermite part but b/2 nor an end: b/2 + (p_0 + p_1/2 + p_2/4)/16.
  const weights = tableaux.dopri8.interpolant?.(1 / 2) ?? [];
  for (const [k, stage] of derived.stages.entries()) {
    if (stage === 0 || stage === 13) continue;
    const [p0, p1, p2] = derived.p.map((row) => row[k]);
    expect(weights[stage]).toBeCloseTo(tableaux.dopri8.b[stage] / 2 + (p0 + p1 / 2 + p2 / 4) / 16, 14);
  }
});

it('The two dopri5 rows estimate the same solution with different constants', () => {
  expect(tableaux.dopri5_classic.b).toEqual(tableaux.dopri5_shampine.b);
  expect(tableaux.dopri5_classic.errorWeights).not.toEqual(tableaux.dopri5_shampine.errorWeights);
});

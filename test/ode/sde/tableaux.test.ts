import { describe, expect, it } from 'vitest';
import { estimatesStiffness, planDrift, type SriTableau } from '../../../src/ode/sde/sri-tableau.js';
import { sdeMethods } from '../../../src/ode/sde/tableaux/index.js';

type Vector = readonly number[];
const dot = (u: Vector, v: Vector): number => u.reduce((sum, x, i) => sum + x * v[i], 0);
const square = (u: Vector): Vector => u.map((x) => x * x);

/** Conditions of strong order 1 and 1.5 (Rößler 2010, theorem 5.1 for diagonal noise), as [order, value, expected]. */
function orderConditions(tableau: SriTableau): readonly (readonly [number, number, number])[] {
  const { A0, A1, B0, B1, alpha, beta1, beta2, beta3, beta4 } = tableau;
  const times = (matrix: readonly Vector[], v: Vector): Vector => matrix.map((row) => dot(row, v));
  const e = alpha.map(() => 1);
  const [a0, a1, b0, b1] = [times(A0, e), times(A1, e), times(B0, e), times(B1, e)];
  const b1b1 = times(B1, b1);
  const a1b0 = times(A1, b0);
  return [
    [1, dot(alpha, e), 1],
    [1, dot(beta1, e), 1],
    [1, dot(beta2, e), 0],
    [1, dot(beta3, e), 0],
    [1, dot(beta4, e), 0],
    [1, dot(beta1, b1), 0],
    [1, dot(beta2, b1), 1],
    [1, dot(beta3, b1), 0],
    [1, dot(beta4, b1), 0],
    [1.5, dot(alpha, a0), 1 / 2],
    [1.5, dot(alpha, b0), 1],
    [1.5, dot(alpha, square(b0)), 3 / 2],
    [1.5, dot(beta1, a1), 1],
    [1.5, dot(beta2, a1), 0],
    [1.5, dot(beta3, a1), -1],
    [1.5, dot(beta4, a1), 0],
    [1.5, dot(beta1, square(b1)), 1],
    [1.5, dot(beta2, square(b1)), 0],
    [1.5, dot(beta3, square(b1)), -1],
    [1.5, dot(beta4, square(b1)), 2],
    [1.5, dot(beta1, b1b1), 0],
    [1.5, dot(beta2, b1b1), 0],
    [1.5, dot(beta3, b1b1), 0],
    [1.5, dot(beta4, b1b1), 1],
    [1.5, dot(beta1, a1b0) / 2 + dot(beta3, a1b0) / 3, 0],
  ];
}

describe.each(Object.values(sdeMethods))('$name', (tableau) => {
  it('has nodes equal to the row sums of A0 and A1', () => {
    const sum = (row: Vector): number => row.reduce((total, x) => total + x, 0);
    tableau.A0.forEach((row, i) => expect(sum(row)).toBeCloseTo(tableau.c0[i], 15));
    tableau.A1.forEach((row, i) => expect(sum(row)).toBeCloseTo(tableau.c1[i], 15));
  });

  it('has entries left of the diagonal only, in matrices and vectors of one size', () => {
    const { c0, c1, A0, A1, B0, B1, alpha, beta1, beta2, beta3, beta4 } = tableau;
    for (const matrix of [A0, A1, B0, B1]) expect(matrix.map((row) => row.length)).toEqual([...c0.keys()]);
    for (const vector of [c1, alpha, beta1, beta2, beta3, beta4]) expect(vector.length).toBe(c0.length);
  });
});

describe.each([sdeMethods.sriw1, sdeMethods.sosri, sdeMethods.sosri2])('$name', (tableau) => {
  it('meets all conditions of strong order 1.5 for diagonal noise', () => {
    // The published doubles of SOSRI2 meet them to 1.3e-13 only.
    for (const [, value, expected] of orderConditions(tableau)) expect(Math.abs(value - expected)).toBeLessThan(2e-13);
  });
});

it('The derivative-free Milstein method meets the conditions of order 1 and not all of order 1.5', () => {
  const residuals = orderConditions(sdeMethods.milstein_difference).map(
    ([order, value, expected]) => [order, Math.abs(value - expected)] as const,
  );
  expect(Math.max(...residuals.filter(([order]) => order === 1).map(([, residual]) => residual))).toBe(0);
  expect(Math.max(...residuals.map(([, residual]) => residual))).toBeGreaterThan(0.1);
});

it('Drift stages at the start of the step are computed once: SRIW1 needs two, the optimised methods four', () => {
  const stages = Object.values(sdeMethods).map((tableau) => [tableau.name, planDrift(tableau, 'plus').stages]);
  expect(Object.fromEntries(stages)).toEqual({
    sriw1: [0, 1],
    sosri: [0, 1, 2, 3],
    sosri2: [0, 1, 2, 3],
    euler_maruyama: [0],
    milstein: [0],
    milstein_difference: [0],
  });
  expect(planDrift(sdeMethods.sriw1, 'plus').A1[3]).toEqual([1 / 4, 0, 0]);
});

it('E1 has the signs and the factor δ asked for', () => {
  const weights = (tableau: SriTableau, signs: 'plus' | 'alternating') => planDrift(tableau, signs).errorWeights;
  expect(weights(sdeMethods.sriw1, 'plus')).toEqual([1 / 6, 1 / 6, 0, 0]);
  expect(weights(sdeMethods.sriw1, 'alternating')).toEqual([1 / 6, -1 / 6, 0, 0]);
  expect(weights(sdeMethods.sosri, 'plus')).toEqual([1, 1, 1, 1]);
  expect(weights(sdeMethods.sosri2, 'alternating')).toEqual([1, -1, 1, -1]);
});

it('Only SOSRI2 has two drift stages at the end of the step, from which stiffness is estimated', () => {
  const estimating = Object.values(sdeMethods).filter(estimatesStiffness);
  expect(estimating.map(({ name }) => name)).toEqual(['sosri2']);
});

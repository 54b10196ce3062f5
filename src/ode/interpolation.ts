/**
 * Dense output of a step as weights on its stages: y(t + θh) = y + h Σ w_i(θ) k_i.
 *
 * In this form output times cost one stage combination each, never change the steps, and have an exact
 * pullback: the cotangent of y(t + θh) reaches k_i with the factor h·w_i(θ) and y with 1.
 */
import type { ClosedTableau } from './closed-tableau.js';

/** @param theta position within the step, in [0, 1] @returns one weight for each stage of the closed pair */
export function interpolationWeights({ interpolant, b }: ClosedTableau, theta: number): readonly number[] {
  return interpolant === null ? hermiteWeights(b, theta) : interpolant(theta);
}

/**
 * Cubic Hermite interpolation of (y, f0, y1, f1) with f0 = k_1, f1 = the end stage (Hairer, Nørsett & Wanner I,
 * II.6): θ y1-part + θ(θ−1)[(1−2θ)(y1 − y) + (θ−1) h f0 + θ h f1], y1 − y = h Σ b_i k_i. Of order 3.
 */
function hermiteWeights(b: readonly number[], theta: number): readonly number[] {
  const bubble = theta * (theta - 1);
  const weights = b.map((weight) => weight * (theta + bubble * (1 - 2 * theta)));
  const last = weights.length - 1;
  weights[0] += bubble * (theta - 1);
  weights[last] += bubble * theta;
  return weights;
}

/**
 * Methods without an error estimate, for fixed steps, as tableaux of the same form (Kloeden & Platen, "Numerical
 * Solution of Stochastic Differential Equations", 1992, sections 10.2, 10.3 and 11.1).
 *
 * Euler–Maruyama: u1 = u + h f + dW g. Milstein adds ½(dW² − h) (∂g/∂u) g, by the tangent of the diffusion or by a
 * difference: √h (g(u + √h g) − g(u)) in place of h (∂g/∂u) g keeps the order, costs one more call of g instead of the
 * tangent, and has a discrete adjoint (that of the tangent would need second derivatives of g).
 */
import type { SriTableau } from '../sri-tableau.js';

const oneStage = {
  c0: [0],
  c1: [0],
  A0: [[]],
  A1: [[]],
  B0: [[]],
  B1: [[]],
  alpha: [1],
  beta1: [1],
  beta2: [0],
  beta3: [0],
  beta4: [0],
  estimate: null,
  stabilitySize: null,
} as const;

export const eulerMaruyama: SriTableau = { ...oneStage, name: 'euler_maruyama', order: 0.5, tangent: false };

export const milstein: SriTableau = { ...oneStage, name: 'milstein', order: 1, tangent: true };

export const milsteinDifference: SriTableau = {
  name: 'milstein_difference',
  order: 1,
  c0: [0, 0],
  c1: [0, 0],
  A0: [[], [0]],
  A1: [[], [0]],
  B0: [[], [0]],
  B1: [[], [1]],
  alpha: [1, 0],
  beta1: [1, 0],
  beta2: [-1, 1],
  beta3: [0, 0],
  beta4: [0, 0],
  tangent: false,
  estimate: null,
  stabilitySize: null,
};

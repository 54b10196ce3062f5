/**
 * Heun's method of order 2 (the explicit trapezoidal rule; Hairer, Nørsett & Wanner I, II.1), alone and with
 * Euler's method as the embedded estimate: the pair that diffrax calls Heun and torchdiffeq adaptive_heun.
 */
import type { Tableau } from '../tableau.js';

export const heun: Tableau = {
  name: 'heun',
  order: 2,
  c: [0, 1],
  a: [[], [1]],
  b: [1 / 2, 1 / 2],
  errorWeights: null,
  stabilitySize: 2,
  interpolant: null,
};

export const heun21: Tableau = { ...heun, name: 'heun21', errorWeights: [-1 / 2, 1 / 2] };

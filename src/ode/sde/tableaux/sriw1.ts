/**
 * SRIW1: Rößler's method of strong order 1.5 for diagonal noise (SIAM J. Numer. Anal. 48, 2010, table 6.1), with the
 * embedded estimate and the factor δ = 1/6 of Rackauckas & Nie (Discrete Contin. Dyn. Syst. B 22, 2017).
 *
 * Two of its four drift stages are the first one again: a step calls the drift twice, the diffusion four times.
 */
import type { SriTableau } from '../sri-tableau.js';

export const sriw1: SriTableau = {
  name: 'sriw1',
  order: 1.5,
  c0: [0, 3 / 4, 0, 0],
  c1: [0, 1 / 4, 1, 1 / 4],
  A0: [[], [3 / 4], [0, 0], [0, 0, 0]],
  A1: [[], [1 / 4], [1, 0], [0, 0, 1 / 4]],
  B0: [[], [3 / 2], [0, 0], [0, 0, 0]],
  B1: [[], [1 / 2], [-1, 0], [-5, 3, 1 / 2]],
  alpha: [1 / 3, 2 / 3, 0, 0],
  beta1: [-1, 4 / 3, 2 / 3, 0],
  beta2: [-1, 4 / 3, -1 / 3, 0],
  beta3: [2, -4 / 3, -2 / 3, 0],
  beta4: [-2, 5 / 3, -2 / 3, 1],
  tangent: false,
  estimate: { stages: 2, delta: 1 / 6 },
  stabilitySize: null,
};

/** Pairs that are not FSAL, which no shipped one is: replay and adjoint must serve them too. */
import type { Tableau } from '../../src/ode/tableau.js';

/** Heun's method with Euler's as its estimate: two stages, so g_{s−1} is y itself. */
export const heun21: Tableau = {
  name: 'heun21',
  order: 2,
  c: [0, 1],
  a: [[], [1]],
  b: [1 / 2, 1 / 2],
  errorWeights: [-1 / 2, 1 / 2],
  stabilitySize: 2,
  interpolant: null,
};

const rkf45Weights = [16 / 135, 0, 6656 / 12825, 28561 / 56430, -9 / 50, 2 / 55];
const rkf45Embedded = [25 / 216, 0, 1408 / 2565, 2197 / 4104, -1 / 5, 0];

/** Fehlberg 1969, propagating the solution of order 5. */
export const rkf45: Tableau = {
  name: 'rkf45',
  order: 5,
  c: [0, 1 / 4, 3 / 8, 12 / 13, 1, 1 / 2],
  a: [
    [],
    [1 / 4],
    [3 / 32, 9 / 32],
    [1932 / 2197, -7200 / 2197, 7296 / 2197],
    [439 / 216, -8, 3680 / 513, -845 / 4104],
    [-8 / 27, 2, -3544 / 2565, 1859 / 4104, -11 / 40],
  ],
  b: rkf45Weights,
  errorWeights: rkf45Weights.map((weight, i) => weight - rkf45Embedded[i]),
  stabilitySize: 3.6777,
  interpolant: null,
};

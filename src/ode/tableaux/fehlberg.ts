/**
 * Fehlberg's pairs (NASA TR R-315, 1969; Hairer, Nørsett & Wanner I, II.5), propagating the solution of the
 * higher order, which Fehlberg himself did not.
 *
 * Known limit: the embedded solution of the pair 2(1) is nearly of order 2, so that its estimate is 256 times
 * smaller than Euler's would be, and results are by that much less exact than their tolerance says. torchdiffeq
 * calls that pair fehlberg2.
 */
import type { Tableau } from '../tableau.js';

export const fehlberg12: Tableau = {
  name: 'fehlberg12',
  order: 2,
  c: [0, 1 / 2, 1],
  a: [[], [1 / 2], [1 / 256, 255 / 256]],
  b: [1 / 512, 255 / 256, 1 / 512],
  errorWeights: [-1 / 512, 0, 1 / 512],
  stabilitySize: 2.0078,
  interpolant: null,
};

export const fehlberg32: Tableau = {
  name: 'fehlberg32',
  order: 3,
  c: [0, 1, 1 / 2],
  a: [[], [1], [1 / 4, 1 / 4]],
  b: [1 / 6, 1 / 6, 2 / 3],
  errorWeights: [-1 / 3, -1 / 3, 2 / 3],
  stabilitySize: 2.5127,
  interpolant: null,
};

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
  b: [16 / 135, 0, 6656 / 12825, 28561 / 56430, -9 / 50, 2 / 55],
  errorWeights: [1 / 360, 0, -128 / 4275, -2197 / 75240, 1 / 50, 2 / 55],
  stabilitySize: 3.6777,
  interpolant: null,
};

/**
 * Dormand & Prince 1980, order 5(4), with both embedded error rows that go by this name.
 *
 * The solution is the same; the estimates differ (their leading terms by a factor of about 1.5), and so do
 * step counts. `classic` is the original row (Hairer, scipy, SciML's DP5); `shampine` is Shampine's 1986 row
 * (JAX, torchdiffeq, torchode, diffrax).
 */
import type { Tableau } from '../tableau.js';

const b = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0];

const common = {
  order: 5,
  c: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1],
  a: [
    [],
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    b.slice(0, 6),
  ],
  b,
  stabilitySize: 3.3066,
  interpolant: null,
} as const;

export const dopri5Classic: Tableau = {
  ...common,
  name: 'dopri5_classic',
  errorWeights: [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40],
};

export const dopri5Shampine: Tableau = {
  ...common,
  name: 'dopri5_shampine',
  errorWeights: [
    35 / 384 - 1951 / 21600,
    0,
    500 / 1113 - 22642 / 50085,
    125 / 192 - 451 / 720,
    -2187 / 6784 + 12231 / 42400,
    11 / 84 - 649 / 6300,
    -1 / 60,
  ],
};

/**
 * Dormand & Prince 1980, order 5(4), with both embedded error rows that go by this name.
 *
 * The solution is the same; the estimates differ (their leading terms by a factor of about 1.5), and so do
 * step counts. `classic` is the original row (Hairer, scipy, SciML's DP5); `shampine` is Shampine's 1986 row
 * (JAX, torchdiffeq, torchode, diffrax).
 */
import type { Tableau } from '../tableau.js';

const b = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0];

/** The d_i of Hairer's contd5: the quartic term of the dense output, order 4 (HNW I, II.6, (6.13)). */
const d = [
  -12715105075 / 11282082432,
  0,
  87487479700 / 32700410799,
  -10690763975 / 1880347072,
  701980252875 / 199316789632,
  -1453857185 / 822651844,
  69997945 / 29380423,
];

/** Hairer's nested form y + θ(Δ + (1−θ)(β + θ(Δ − h k_7 − β + (1−θ) h Σ d_i k_i))), β = h k_1 − Δ, as weights. */
function interpolant(theta: number): readonly number[] {
  const rest = 1 - theta;
  return b.map((delta, i) => {
    const bulge = (i === 0 ? 1 : 0) - delta;
    const end = delta - (i === 6 ? 1 : 0) - bulge;
    return theta * (delta + rest * (bulge + theta * (end + rest * d[i])));
  });
}

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
  interpolant,
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

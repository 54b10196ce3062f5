/**
 * Methods without an error estimate, for steps of a given size: Euler 1768, the explicit midpoint rule (Runge
 * 1895) and the classical method of order 4 (Kutta 1901); Hairer, Nørsett & Wanner I, II.1. Heun's method is
 * in `heun.ts`.
 */
import type { Tableau } from '../tableau.js';

export const euler: Tableau = {
  name: 'euler',
  order: 1,
  c: [0],
  a: [[]],
  b: [1],
  errorWeights: null,
  stabilitySize: 2,
  interpolant: null,
};

export const midpoint: Tableau = {
  name: 'midpoint',
  order: 2,
  c: [0, 1 / 2],
  a: [[], [1 / 2]],
  b: [0, 1],
  errorWeights: null,
  stabilitySize: 2,
  interpolant: null,
};

export const rk4: Tableau = {
  name: 'rk4',
  order: 4,
  c: [0, 1 / 2, 1 / 2, 1],
  a: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
  b: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
  errorWeights: null,
  stabilitySize: 2.7853,
  interpolant: null,
};

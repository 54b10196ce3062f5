/** The explicit methods by name: what `solver:` may say. */
import type { Tableau } from '../tableau.js';
import { bosh3 } from './bosh3.js';
import { dopri5Classic, dopri5Shampine } from './dopri5.js';
import { dopri8 } from './dopri8.js';
import { fehlberg12, fehlberg32, rkf45 } from './fehlberg.js';
import { euler, midpoint, rk4 } from './fixed-step.js';
import { heun, heun21 } from './heun.js';
import { tsit5 } from './tsit5.js';

/** Pairs: methods with an embedded error estimate, by which a controller chooses the steps. */
export const pairNames = [
  'tsit5',
  'dopri5_classic',
  'dopri5_shampine',
  'bosh3',
  'heun21',
  'fehlberg12',
  'fehlberg32',
  'rkf45',
  'dopri8',
] as const;

/** Methods without an estimate: their step size must be given. */
export const fixedStepNames = ['euler', 'midpoint', 'heun', 'rk4'] as const;

export const solverNames = [...pairNames, ...fixedStepNames] as const;

export type PairName = (typeof pairNames)[number];

export type SolverName = (typeof solverNames)[number];

export const tableaux: Readonly<Record<SolverName, Tableau>> = {
  tsit5,
  dopri5_classic: dopri5Classic,
  dopri5_shampine: dopri5Shampine,
  bosh3,
  heun21,
  fehlberg12,
  fehlberg32,
  rkf45,
  dopri8,
  euler,
  midpoint,
  heun,
  rk4,
};

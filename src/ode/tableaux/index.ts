/** The explicit pairs by name: what `solver:` in a sweep file may say. */
import type { Tableau } from '../tableau.js';
import { bosh3 } from './bosh3.js';
import { dopri5Classic, dopri5Shampine } from './dopri5.js';
import { tsit5 } from './tsit5.js';

export const solverNames = ['tsit5', 'dopri5_classic', 'dopri5_shampine', 'bosh3'] as const;

export type SolverName = (typeof solverNames)[number];

export const tableaux: Readonly<Record<SolverName, Tableau>> = {
  tsit5,
  dopri5_classic: dopri5Classic,
  dopri5_shampine: dopri5Shampine,
  bosh3,
};

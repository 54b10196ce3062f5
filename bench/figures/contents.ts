/** The figures and tables of docs/numerics.md by name. Nothing is computed until it is asked for. */
import { adjointModesCompared, binomialBudget, continuousAdjoints } from './adjoints.js';
import { nfeDescent, regularisers } from './descents.js';
import { orders } from './orders.js';
import type { Table } from './page.js';
import { steps } from './peers.js';
import { sdeWork } from './sde-work.js';
import { stabilityRegions } from './stability.js';
import { stepHistory, stiffnessHistory } from './step-history.js';
import { sde, strongConvergence } from './strong-convergence.js';
import { workPrecision } from './work-precision.js';

/** docs/figures/NAME.svg. */
export const figures: Readonly<Record<string, () => Promise<string>>> = {
  'work-precision': () => workPrecision('D2, orbit of eccentricity 0.3'),
  'step-history': stepHistory,
  'stiffness-history': stiffnessHistory,
  'stability-regions': stabilityRegions,
  'continuous-adjoints': continuousAdjoints,
  'binomial-budget': binomialBudget,
  'strong-convergence': strongConvergence,
  'sde-work': sdeWork,
  'nfe-descent': nfeDescent,
};

/** Between `<!-- table: NAME -->` and `<!-- end -->`. */
export const tables: Readonly<Record<string, () => Promise<Table>>> = {
  orders,
  steps,
  adjoints: adjointModesCompared,
  sde,
  regularisers,
};

/** What an SDE's solve comes back with. */
import type { SolveStatistics } from '../outcome.js';
import type { Solution } from '../solution.js';

/** `nfe` counts the drift, as the published tables do. */
export interface SdeStatistics extends SolveStatistics {
  readonly diffusionNfe: number;
}

export interface SdeSolution extends Omit<Solution, 'events'> {
  readonly statistics: SdeStatistics;
}

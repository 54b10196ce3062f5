/**
 * How the plan of a search that learns from results grows.
 *
 * Plan order (the trials' numbers) is cut into generations of `Plan.generationSize`. A trial of generation g may start
 * only when every trial of generations ≤ g − 2 has ended, so that g and g − 1 overlap and workers hardly ever wait, and
 * so that what is proposed from those results is the same for any number of workers and any order.
 */
import type { TrialResult } from '../../training/trial.js';
import type { Cell } from '../cell.js';
import type { TrialState } from '../trial-state.js';

export interface PlanGrowth {
  /** Trials in the end (run_cap). */
  readonly total: number;
  /**
   * Next cells after the stored trials of the sweep (`history`, by number; those of generations ≤ g−2 have ended).
   * Empty: the space is exhausted.
   */
  next(history: readonly HistoryEntry[]): readonly Cell[];
}

export interface HistoryEntry {
  readonly cell: Cell;
  readonly state: TrialState;
  readonly result: TrialResult | null;
}

/** How an adaptive plan grows: cells that are chosen when results of earlier ones are there. */
import type { TrialResult } from '../training/trial.js';
import type { Cell } from './cell.js';
import type { TrialState } from './trial-state.js';

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

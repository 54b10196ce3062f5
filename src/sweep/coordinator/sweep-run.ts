/** What a run of a sweep is asked, how it is steered, and what it tells at its end. */
import type { Cell } from '../cell.js';
import type { CheckpointFiles } from '../checkpoint-files.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { StopCause, StopMode, SweepListener } from '../events.js';
import type { SaveModel } from '../model-file.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { AttemptOrigin } from '../run-origin.js';
import type { Store, StoredTrial } from '../store.js';
import type { RetriableState, TrialState } from '../trial-state.js';

export interface SweepOptions {
  readonly plan: SweepPlan;
  /** Stays open: who opened it closes it, after `finished`. */
  readonly store: Store;
  /** Belongs to the run from here on, which closes it. */
  readonly dispatcher: Dispatcher;
  readonly origin: AttemptOrigin;
  /** What it throws is reported as a warning of the process, once, and changes nothing. */
  readonly listen: SweepListener;
  /** Default: trained parameters are not kept. */
  readonly saveModel?: SaveModel;
  /** Default: trials leave no checkpoints, a drain lets them finish. */
  readonly checkpoints?: CheckpointFiles;
  /** Trials of the plan that ended in one of these states run again; default: none. */
  readonly retry?: readonly RetriableState[];
}

export interface SweepRun {
  /**
   * `drain` sends running trials back to the queue as soon as they have left a checkpoint, at the end of their epoch
   * (one in its last epoch, or without checkpoints, finishes); `abort` at once. Idempotent; an abort may follow a drain,
   * not the other way round.
   */
  readonly stop: (mode: StopMode) => void;
  /** Starts no further trial until told otherwise; running ones go on. */
  readonly pause: (paused: boolean) => void;
  /**
   * Ends a trial as `cancelled`, wherever it stands.
   * @param number of the trial within the sweep
   * @returns false if it is not of the plan or has ended
   */
  readonly kill: (number: number) => Promise<boolean>;
  /** Trials at a time from now on; where it is fewer, running ones finish. @throws UserError unless a whole number ≥ 1 */
  readonly setWorkers: (workers: number) => void;
  /** Seconds from the start of the run after which no trial starts; the run stops now if they have passed. */
  readonly setMaxTime: (seconds: number) => void;
  /**
   * Adds cells to the sweep, for good: later runs of it have them too.
   * @returns the trials that are new: cells that are stored already are left as they are
   * @throws UserError if the run does not take any: it stops, or chooses its trials itself
   */
  readonly add: (cells: readonly Cell[]) => Promise<readonly StoredTrial[]>;
  /**
   * Settles after the last thread has gone.
   * @throws UserError('database') if results could not be stored: trials that were running are queued
   *   again by the next run. UserError of `Store.openSweep`, or if no worker thread can start.
   */
  readonly finished: Promise<SweepSummary>;
}

export interface SweepSummary {
  /** Of all cells of the plan, by the state that is stored now. */
  readonly counts: Readonly<Record<TrialState, number>>;
  /** Trials that an adaptive plan has not chosen yet. */
  readonly unplanned: number;
  /** Trials that ended in this run; the others had ended before or are still queued. */
  readonly ended: number;
  readonly stopped: StopMode | null;
  /** Why the run stopped by itself; null: it did not. */
  readonly cause: StopCause | null;
  /** Wall time of the run. */
  readonly seconds: number;
}

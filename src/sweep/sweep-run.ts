/** What a run of a sweep is asked, how it is steered, and what it tells at its end. */
import type { Pruner } from '../pruners/pruner.js';
import type { Cell } from './cell.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import type { StopCause, StopMode, SweepListener } from './events.js';
import type { SaveModel } from './model-file.js';
import type { PlanGrowth } from './plan-growth.js';
import type { SweepLimits } from './specification/limits.js';
import type { AttemptOrigin, Store, SweepDeclaration } from './store.js';
import type { RetriableState, TrialState } from './trial-state.js';

export interface SweepPlan {
  readonly declaration: SweepDeclaration;
  /** In the order in which they run; every hash once. */
  readonly cells: readonly Cell[];
  /** Trials of a generation (`generations.ts`); null: everything may start at once. */
  readonly generationSize: number | null;
  /** How an adaptive plan grows; null: `cells` is everything. `cells` then holds what is known at the start. */
  readonly growth: PlanGrowth | null;
  /** Early stopping: asked after each epoch; null: every trial runs to its end. */
  readonly pruner: Pruner | null;
  /** With which other trials one is compared: all so far, or those of generations ≤ g−2 only, whichever way the run goes. */
  readonly prunerScope: 'all' | 'generations';
  /** True for trials that go on although the pruner would stop them, so that one can see what it misses. */
  readonly spare?: (cell: Cell) => boolean;
  /** What workers load for a task that is not built in: the absolute path of its module. No part of a cell's identity. */
  readonly taskModule?: string;
  readonly limits: Pick<SweepLimits, 'retryPolicy' | 'failureBudget' | 'maxSeconds'>;
}

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
  /** Trials of the plan that ended in one of these states run again; default: none. */
  readonly retry?: readonly RetriableState[];
}

export interface SweepRun {
  /**
   * `drain` lets running trials finish, `abort` sends them back to the queue. Idempotent; an abort may
   * follow a drain, not the other way round.
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

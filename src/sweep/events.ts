/**
 * The one event stream of a sweep: the dashboard, the plain reporter and NDJSON all read it.
 *
 * Every event but `trial-progress` is emitted only after its effect is committed. Progress is never
 * stored.
 */
import type { EpochMetrics, TrialEnvironment, TrialProgress, TrialReason, TrialResult } from '../training/trial.js';
import type { StoredSweep, StoredTrial, TrialId } from './store.js';
import type { RetriableState } from './trial-state.js';

export type SweepEvent =
  /** Once, when the plan is in the database and orphans are queued again; `trials` are all of the plan, finished ones included. */
  | {
      readonly kind: 'sweep-started';
      readonly sweep: StoredSweep;
      readonly trials: readonly StoredTrial[];
      readonly workers: number;
      /** Trials that an earlier, killed run had left running. */
      readonly requeued: readonly TrialId[];
      /** Trials that had ended without a result and run again because someone asked for it. */
      readonly retried: readonly TrialId[];
      /** Trials stored under this name that the plan no longer holds: kept, not run. */
      readonly outsidePlan: number;
      /** Trials in the end, where that is more than there are: the plan grows. */
      readonly total?: number;
    }
  /** The plan has grown; `total` as above. No trials: it turned out to have no more, and `total` is what there are. */
  | { readonly kind: 'trials-added'; readonly trials: readonly StoredTrial[]; readonly total: number }
  | { readonly kind: 'trial-started'; readonly trial: TrialId; readonly attempt: number }
  | { readonly kind: 'trial-environment'; readonly trial: TrialId; readonly environment: TrialEnvironment }
  | { readonly kind: 'trial-progress'; readonly trial: TrialId; readonly progress: TrialProgress }
  | { readonly kind: 'epoch-recorded'; readonly trial: TrialId; readonly metrics: EpochMetrics }
  | { readonly kind: 'trial-completed'; readonly trial: TrialId; readonly result: TrialResult }
  | {
      readonly kind: 'trial-ended';
      readonly trial: TrialId;
      readonly state: RetriableState;
      readonly reason: TrialReason;
    }
  /** An attempt failed of a reason that is worth another: the trial waits and is queued again. */
  | {
      readonly kind: 'trial-retried';
      readonly trial: TrialId;
      readonly state: RetriableState;
      readonly reason: TrialReason;
      readonly waitSeconds: number;
    }
  /** A stop sent a running trial back to the queue. */
  | { readonly kind: 'trial-requeued'; readonly trial: TrialId }
  /** Whether the run starts further trials for now; those that run go on. */
  | { readonly kind: 'sweep-paused'; readonly paused: boolean }
  /**
   * The run is to stop: `drain` lets running trials finish, `abort` queues them again.
   * `cause` says why the run stops by itself; null: someone asked.
   */
  | { readonly kind: 'sweep-stopping'; readonly mode: StopMode; readonly cause: StopCause | null }
  /** Last event of a run. */
  | { readonly kind: 'sweep-finished'; readonly stopped: StopMode | null; readonly cause: StopCause | null };

export type StopMode = 'drain' | 'abort';

/** Why a run stops by itself. */
export interface StopCause {
  readonly code: 'failures' | 'max_time';
  readonly message: string;
}

export type SweepListener = (event: SweepEvent) => void;

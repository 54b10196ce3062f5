/**
 * The one event stream of a sweep: the dashboard, the plain reporter and NDJSON all read it.
 *
 * Every event but `trial-progress` is emitted only after its effect is committed. Progress is never
 * stored.
 */
import type { EpochMetrics, TrialEnvironment, TrialProgress, TrialReason, TrialResult } from '../training/trial.js';
import type { StoredSweep, StoredTrial, TrialId } from './store.js';
import type { TerminalTrialState } from './trial-state.js';

export type SweepEvent =
  /** Once, when the plan is in the database and orphans are queued again; `trials` are all of the plan, finished ones included. */
  | {
      readonly kind: 'sweep-started';
      readonly sweep: StoredSweep;
      readonly trials: readonly StoredTrial[];
      readonly workers: number;
      /** Trials that an earlier, killed run had left running. */
      readonly requeued: readonly TrialId[];
      /** Trials stored under this name that the plan no longer holds: kept, not run. */
      readonly outsidePlan: number;
    }
  | { readonly kind: 'trial-started'; readonly trial: TrialId; readonly attempt: number }
  | { readonly kind: 'trial-environment'; readonly trial: TrialId; readonly environment: TrialEnvironment }
  | { readonly kind: 'trial-progress'; readonly trial: TrialId; readonly progress: TrialProgress }
  | { readonly kind: 'epoch-recorded'; readonly trial: TrialId; readonly metrics: EpochMetrics }
  | { readonly kind: 'trial-completed'; readonly trial: TrialId; readonly result: TrialResult }
  | {
      readonly kind: 'trial-ended';
      readonly trial: TrialId;
      readonly state: Exclude<TerminalTrialState, 'completed'>;
      readonly reason: TrialReason;
    }
  /** A stop sent a running trial back to the queue. */
  | { readonly kind: 'trial-requeued'; readonly trial: TrialId }
  /** Someone asked to stop: `drain` lets running trials finish, `abort` queues them again. */
  | { readonly kind: 'sweep-stopping'; readonly mode: StopMode }
  /** Last event of a run. */
  | { readonly kind: 'sweep-finished'; readonly stopped: StopMode | null };

export type StopMode = 'drain' | 'abort';

export type SweepListener = (event: SweepEvent) => void;

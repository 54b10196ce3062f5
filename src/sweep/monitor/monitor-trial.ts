/** One trial as readers of a running sweep see it, and how its view follows its life. */
import type {
  EpochMetrics,
  ParameterValues,
  TrialEnvironment,
  TrialProgress,
  TrialReason,
  TrialResult,
} from '../../training/trial.js';
import type { StoredTrial, TrialId } from '../store.js';
import type { TrialState } from '../trial-state.js';

export interface TrialView {
  readonly id: TrialId;
  /** 1-based within the sweep. */
  readonly number: number;
  /** Hash of the cell without its seed: repeats of each other share it. */
  readonly group: string;
  /** All parameters of the cell; the sweep's `axes` say which of them vary. */
  readonly parameters: ParameterValues;
  readonly state: TrialState;
  /** Number of attempts so far, the running one included. */
  readonly attempt: number;
  /** Epoch of the checkpoint that the latest attempt of this run continues from; 0: it began anew. */
  readonly resumedEpoch: number;
  /** The latest thing that was noted of the attempt, for people. */
  readonly note: string | null;
  /** Latest report of the running attempt. */
  readonly progress: TrialProgress | null;
  /** Of the latest attempt during this run, in order; empty for trials that ended before it, or before many others in it. */
  readonly epochs: readonly EpochMetrics[];
  readonly result: TrialResult | null;
  readonly reason: TrialReason | null;
  readonly environment: TrialEnvironment | null;
  /** When the running attempt started, in milliseconds of the monitor's clock. */
  readonly startedAt: number | null;
  /** Wall time of the attempt that ended during this run; null otherwise. */
  readonly seconds: number | null;
}

export function viewTrial(trial: StoredTrial): TrialView {
  return {
    id: trial.id,
    number: trial.number,
    group: trial.cell.group,
    parameters: trial.cell.parameters,
    state: trial.state,
    attempt: trial.attempts,
    resumedEpoch: 0,
    note: null,
    progress: null,
    epochs: [],
    result: trial.result,
    reason: trial.reason,
    environment: null,
    startedAt: null,
    seconds: null,
  };
}

/** A new attempt begins: nothing of an earlier one is shown any more. */
export function startTrial(view: TrialView, attempt: number, now: number): TrialView {
  const none = { resumedEpoch: 0, note: null, progress: null, epochs: [], seconds: null };
  return { ...view, ...none, state: 'running', attempt, startedAt: now };
}

/** Freezes the attempt's wall time. */
export function endTrial(view: TrialView, now: number): TrialView {
  return { ...view, startedAt: null, seconds: view.startedAt === null ? null : (now - view.startedAt) / 1000 };
}

/** Share of the trial that is done, in [0, 1]. */
export function doneFraction(view: TrialView): number {
  if (view.state === 'queued') return 0;
  return view.state === 'running' ? (view.progress?.fraction ?? 0) : 1;
}

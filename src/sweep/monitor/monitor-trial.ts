/** One trial as readers of a running sweep see it, and how its view follows its life. */
import type {
  EpochMetrics,
  ParameterValues,
  TrialEnvironment,
  TrialProgress,
  TrialReason,
  TrialResult,
} from '../../training/trial.js';
import type { StoredTrial, TrialId, UnsuccessfulEnd } from '../store.js';
import { CompletedTrial } from './completed-trial.js';
import type { ResultRows } from './result-rows.js';
import { TrialCurve } from './trial-curve.js';
import type { TrialState } from '../trial-state.js';

export interface TrialView {
  readonly id: TrialId;
  /** 1-based within the sweep. */
  readonly number: number;
  /** All parameters of the cell; the sweep's `axes` say which of them vary. */
  readonly parameters: ParameterValues;
  readonly state: TrialState;
  /** Number of attempts so far, the running one included. */
  readonly attempt: number;
  /** Epoch of the checkpoint that the latest attempt of this run continues from; 0: it began anew. */
  readonly resumedEpoch: number;
  /** The latest thing that was noted of the attempt, for people. */
  readonly note: string | null;
  /** Latest report of the attempt that runs. */
  readonly progress: TrialProgress | null;
  /** Of the latest attempt during this run; empty for trials that ended before it, or before many others in it. */
  readonly curve: TrialCurve;
  /** Its last epoch, of a trial without a result; null where the curve is empty. */
  readonly latest: EpochMetrics | null;
  readonly result: TrialResult | null;
  /** Without its detail, which can be long: that is in the database. */
  readonly reason: Omit<TrialReason, 'detail'> | null;
  readonly environment: TrialEnvironment | null;
  /** When the running attempt started, in milliseconds of the monitor's clock. */
  readonly startedAt: number | null;
  /** Wall time of the attempt that ended during this run; null otherwise. */
  readonly seconds: number | null;
}

/** What takes the place of a view that stays as long as the run lasts is made field by field: a spread takes twice the memory. */
export function viewTrial(trial: StoredTrial, rows: ResultRows): TrialView {
  const view: TrialView = {
    id: trial.id,
    number: trial.number,
    parameters: trial.cell.parameters,
    state: trial.state,
    attempt: trial.attempts,
    resumedEpoch: 0,
    note: null,
    progress: null,
    curve: TrialCurve.empty,
    latest: null,
    result: null,
    reason: briefly(trial.reason),
    environment: null,
    startedAt: null,
    seconds: null,
  };
  return trial.result === null ? view : new CompletedTrial(view, null, view.curve, rows, rows.add(trial.result));
}

/** A new attempt begins: nothing of an earlier one is shown any more. */
export function startTrial(view: TrialView, attempt: number, now: number): TrialView {
  const none = { resumedEpoch: 0, note: null, progress: null, curve: TrialCurve.empty, latest: null, seconds: null };
  return { ...view, ...none, state: 'running', attempt, startedAt: now };
}

export function recordEpoch(view: TrialView, metrics: EpochMetrics): TrialView {
  return { ...view, curve: view.curve.with(metrics), latest: metrics };
}

/** The attempt ended without an end of the trial. */
export function requeueTrial(view: TrialView): TrialView {
  return { ...view, state: 'queued', startedAt: null, progress: null, curve: TrialCurve.empty, latest: null };
}

export function completeTrial(view: TrialView, result: TrialResult, rows: ResultRows, now: number): TrialView {
  return new CompletedTrial(view, secondsOf(view, now), view.curve.trimmed(), rows, rows.add(result));
}

export function endTrial(view: TrialView, { state, reason }: UnsuccessfulEnd, now: number): TrialView {
  return {
    id: view.id,
    number: view.number,
    parameters: view.parameters,
    state,
    attempt: view.attempt,
    resumedEpoch: view.resumedEpoch,
    note: view.note,
    progress: null,
    curve: view.curve.trimmed(),
    latest: view.latest,
    result: null,
    reason: briefly(reason),
    environment: view.environment,
    startedAt: null,
    seconds: secondsOf(view, now),
  };
}

export function withoutCurve(view: TrialView): TrialView {
  if (view instanceof CompletedTrial) return view.withoutCurve();
  return { ...view, curve: TrialCurve.empty, latest: null };
}

function briefly(reason: TrialReason | null): TrialView['reason'] {
  if (reason?.detail === undefined) return reason;
  const { code, message, epoch, iteration } = reason;
  return {
    code,
    message,
    ...(epoch === undefined ? {} : { epoch }),
    ...(iteration === undefined ? {} : { iteration }),
  };
}

/** Wall time of the attempt that ends now. */
function secondsOf({ startedAt }: TrialView, now: number): number | null {
  return startedAt === null ? null : (now - startedAt) / 1000;
}

/** Share of the trial that is done, in [0, 1]. */
export function doneFraction(view: TrialView): number {
  if (view.state === 'queued') return 0;
  return view.state === 'running' ? (view.progress?.fraction ?? 0) : 1;
}

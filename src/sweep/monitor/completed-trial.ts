/** The view of a trial that has completed, which stays as long as the run lasts: its figures lie in `ResultRows`. */
import type { ParameterValues, TrialEnvironment, TrialResult } from '../../training/trial.js';
import type { TrialId } from '../store.js';
import type { TrialView } from './monitor-trial.js';
import type { ResultRow, ResultRows } from './result-rows.js';
import { TrialCurve } from './trial-curve.js';

export class CompletedTrial implements TrialView {
  readonly state = 'completed';
  readonly progress = null;
  /** The result says more. */
  readonly latest = null;
  readonly reason = null;
  readonly startedAt = null;
  readonly id: TrialId;
  readonly number: number;
  readonly parameters: ParameterValues;
  readonly attempt: number;
  readonly resumedEpoch: number;
  readonly note: string | null;
  readonly curve: TrialCurve;
  readonly environment: TrialEnvironment | null;
  readonly seconds: number | null;
  readonly #rows: ResultRows;
  readonly #row: ResultRow;

  /** @param seconds of the attempt that completed, where that was during this run */
  constructor(view: TrialView, seconds: number | null, curve: TrialCurve, rows: ResultRows, row: ResultRow) {
    this.id = view.id;
    this.number = view.number;
    this.parameters = view.parameters;
    this.attempt = view.attempt;
    this.resumedEpoch = view.resumedEpoch;
    this.note = view.note;
    this.curve = curve;
    this.environment = view.environment;
    this.seconds = seconds;
    this.#rows = rows;
    this.#row = row;
  }

  get result(): TrialResult {
    return this.#rows.get(this.#row);
  }

  withoutCurve(): CompletedTrial {
    return new CompletedTrial(this, this.seconds, TrialCurve.empty, this.#rows, this.#row);
  }
}

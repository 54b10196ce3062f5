/**
 * One evaluation – a trained model solved again, by other tolerances or another solver – as the worker sees it.
 * Everything here crosses a thread boundary: plain, structured-clonable data only.
 */
import type { IncompleteOutcome, ParameterValues, TrialReason } from './trial.js';

/** Parameters that a prediction is solved by: all that an evaluation may change. The model and its training stay. */
export const evaluationParameters = [
  ...['solver', 'rtol', 'atol', 'controller', 'dt', 'pid_p', 'pid_i', 'pid_d', 'stepping', 'max_steps'],
  ...['nonlinear', 'unroll_depth', 'family_u', 'family_v', 'batch_size', 'engine', 'dtype'],
] as const satisfies readonly string[];

export interface EvaluationRequest {
  /** As `TrialRequest.task`. */
  readonly task: string;
  /** Complete: those of the trial, changed where the evaluation says so. */
  readonly parameters: ParameterValues;
  readonly sweepSeed: number;
  /** The trained parameters. */
  readonly model: Float64Array;
}

/** On the whole test set, as `TrialResult` has it. */
export interface EvaluationResult {
  readonly nfe: number;
  readonly loss: number;
  readonly accuracy: number | null;
  /** Mean steps of a prediction. */
  readonly accepted: number;
  readonly rejected: number;
  readonly predictSeconds: number;
}

export type CompletedEvaluation =
  | { readonly state: 'completed'; readonly end: 'solved'; readonly result: EvaluationResult }
  /** A solve did not reach its end, which says something of the setting as a result does. */
  | { readonly state: 'completed'; readonly end: 'unsolved'; readonly reason: TrialReason };

export type EvaluationOutcome = CompletedEvaluation | IncompleteOutcome;

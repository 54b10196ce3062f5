/** A trained model solved again, as it is stored: by which setting, by whom and where, and what came out. */
import type { EvaluationResult } from '../../training/evaluation.js';
import type { ParameterValues, TrialEnvironment, TrialReason } from '../../training/trial.js';
import type { AttemptOrigin } from '../run-origin.js';

/** What a model is solved by. */
export interface EvaluatedSetting {
  /** As a cell's, of the task and every parameter that it is solved by. */
  readonly hash: string;
  /** Parameters other than those that the trial ran by. */
  readonly changed: ParameterValues;
}

/**
 * `unsolved`: the solver could not, which says as much of the setting as a result does. `failed`: anything else; asked
 * for again, it is tried again.
 */
export type EvaluationEnd =
  | { readonly state: 'solved'; readonly result: EvaluationResult }
  | { readonly state: 'unsolved' | 'failed'; readonly reason: TrialReason };

export interface Evaluation {
  readonly setting: EvaluatedSetting;
  readonly origin: AttemptOrigin;
  /** Null where it failed before the engine had started. */
  readonly environment: Omit<TrialEnvironment, 'modelParameters'> | null;
  readonly end: EvaluationEnd;
}

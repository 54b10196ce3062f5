/** The tables and views as queries see them; db/migrations holds their definition and their comments. */
import type { Generated } from 'kysely';
import type { EvaluationEnd } from '../src/sweep/evaluation/evaluation.js';
import type { AttemptId, SweepId, TrialId } from '../src/sweep/store.js';
import type { AttemptState, TrialState } from '../src/sweep/trial-state.js';

export interface SweepTable {
  readonly id: Generated<SweepId>;
  readonly name: string;
  readonly task: string;
  readonly seed: number;
  readonly objectives: string;
  readonly axes: string;
  readonly specification: string;
  readonly created_at: string;
  /** Names the plan whose cells the first `plan_size` trials are, in its order; null where that is not known. */
  readonly plan_digest: string | null;
  readonly plan_size: number | null;
}

/** The columns of a completed trial's result. */
export interface ResultColumns {
  readonly nfe: number | null;
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly train_loss: number | null;
  readonly train_seconds: number | null;
  readonly predict_seconds: number | null;
  readonly epochs: number | null;
  /** JSON object of what a command trial told beside the columns; null where nothing. */
  readonly metrics: string | null;
  readonly nonfinite: string | null;
}

export interface TrialTable extends ResultColumns {
  readonly id: Generated<TrialId>;
  readonly sweep_id: SweepId;
  readonly number: number;
  readonly cell_hash: string;
  readonly cell_group: string;
  readonly parameters: string;
  readonly state: Generated<TrialState>;
  readonly attempts: Generated<number>;
  /** How often a person had the trial run again after it had ended. */
  readonly retries: Generated<number>;
  /** 1 if a person added the cell to a running sweep. */
  readonly added: Generated<number>;
  /** Epoch after which early stopping would have ended it, had it not been spared. */
  readonly spared_epoch: number | null;
  readonly model_file: string | null;
}

/** The columns of why an attempt did not complete. */
export interface ReasonColumns {
  readonly reason_code: string | null;
  readonly reason_message: string | null;
  readonly reason_detail: string | null;
  readonly reason_epoch: number | null;
  readonly reason_iteration: number | null;
}

export interface AttemptTable extends ReasonColumns {
  readonly id: Generated<AttemptId>;
  readonly trial_id: TrialId;
  readonly number: number;
  readonly state: Generated<AttemptState>;
  readonly host: string;
  readonly pid: number;
  readonly program_version: string;
  readonly git_revision: string | null;
  readonly git_dirty: number | null;
  readonly engine: string | null;
  readonly dtype: string | null;
  readonly device: string | null;
  readonly versions: string | null;
  readonly model_parameters: number | null;
  /** JSON object; null where nothing was left to `auto`. */
  readonly choices: string | null;
  /** Epoch of the checkpoint that it continued from; null: it began anew. */
  readonly resumed_epoch: number | null;
  readonly timeout_seconds: number | null;
  readonly memory_megabytes: number | null;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly wall_seconds: number | null;
}

/** The measured columns of an epoch. */
export interface EpochColumns {
  readonly epoch: number;
  readonly train_loss: number | null;
  readonly test_loss: number | null;
  readonly accuracy: number | null;
  readonly nfe: number | null;
  readonly train_nfe: number | null;
  readonly backward_nfe: number | null;
  readonly accepted: number | null;
  readonly rejected: number | null;
  readonly error_regularizer: number | null;
  readonly stiffness_regularizer: number | null;
  readonly taylor_regularizer: number | null;
  readonly local_regularizer: number | null;
  readonly error_weight: number | null;
  readonly stiffness_weight: number | null;
  readonly taylor_weight: number | null;
  readonly local_weight: number | null;
  readonly mean_step: number | null;
  readonly train_seconds: number | null;
  readonly predict_seconds: number | null;
  readonly memory_bytes: number | null;
  /** As of a trial. */
  readonly metrics: string | null;
  readonly nonfinite: string | null;
}

export interface EpochTable extends EpochColumns {
  readonly attempt_id: AttemptId;
}

/** A trained model solved again. */
export interface EvaluationTable {
  readonly id: Generated<number>;
  readonly trial_id: TrialId;
  readonly setting_hash: string;
  readonly changed: string;
  readonly state: EvaluationEnd['state'];
  readonly host: string;
  readonly pid: number;
  readonly program_version: string;
  readonly git_revision: string | null;
  readonly git_dirty: number | null;
  readonly engine: string | null;
  readonly dtype: string | null;
  readonly device: string | null;
  readonly versions: string | null;
  readonly choices: string | null;
  readonly nfe: number | null;
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly accepted: number | null;
  readonly rejected: number | null;
  readonly predict_seconds: number | null;
  readonly nonfinite: string | null;
  readonly reason_code: string | null;
  readonly reason_message: string | null;
  readonly reason_detail: string | null;
  readonly created_at: string;
}

export interface Tables {
  readonly sweep: SweepTable;
  readonly trial: TrialTable;
  readonly attempt: AttemptTable;
  readonly epoch: EpochTable;
  readonly evaluation: EvaluationTable;
  // Of the views only the columns that the reader uses; they have more, for people.
  readonly epochs: EpochColumns & { readonly sweep_id: SweepId; readonly trial: number };
}

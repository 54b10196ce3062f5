/**
 * What commands read of a database, while a run writes it or after.
 *
 * Contract:
 * - A reader never creates, migrates or changes anything and never makes the writer wait.
 * - Every method sees one moment of the database; two calls may see two moments.
 * - Numbers come back as they were measured, non-finite ones included.
 */
import type { Evaluation } from '../src/sweep/evaluation/evaluation.js';
import type { OutlinedProgram, SweepOutline } from '../src/sweep/plan/plan-comparison.js';
import type { AttemptOrigin } from '../src/sweep/run-origin.js';
import type { AttemptLimits, StoredTrial, SweepDeclaration, SweepId } from '../src/sweep/store.js';
import type { AttemptState, TrialState } from '../src/sweep/trial-state.js';
import type {
  EpochMetrics,
  ParameterValues,
  TrialEnvironment,
  TrialReason,
  TrialResult,
} from '../src/training/trial.js';

export interface SweepSummary extends SweepDeclaration {
  readonly id: SweepId;
  /** Number of trials in each state, zeros included. */
  readonly counts: Readonly<Record<TrialState, number>>;
  /** Sum of `counts`. */
  readonly trials: number;
  /** Times are ISO 8601, UTC. */
  readonly createdAt: string;
  /** Latest start or end of an attempt, or `createdAt`. */
  readonly lastActivityAt: string;
}

export interface RecordedTrial extends StoredTrial {
  /** Name of its sweep. */
  readonly sweep: string;
  /** Of its sweep: with the cell's own it keys every random stream. */
  readonly sweepSeed: number;
  /** Of the latest attempt; null before its engine has started. */
  readonly environment: TrialEnvironment | null;
  /** Of the latest attempt. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly wallSeconds: number | null;
  /** Where the trained model is, as given to `finishAttempt`. */
  readonly modelFile: string | null;
  /** Epoch after which early stopping would have ended it, had it not been spared. */
  readonly sparedEpoch: number | null;
}

export interface RecordedAttempt {
  /** 1-based within its trial. */
  readonly number: number;
  readonly state: AttemptState;
  readonly origin: AttemptOrigin;
  readonly environment: TrialEnvironment | null;
  readonly reason: TrialReason | null;
  /** Epoch of the checkpoint that it continued from; null: it began anew. */
  readonly resumedEpoch: number | null;
  readonly limits: AttemptLimits;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly wallSeconds: number | null;
}

export interface TrialHistory {
  readonly trial: RecordedTrial;
  readonly attempts: readonly RecordedAttempt[];
  /** Of the latest attempt. */
  readonly epochs: readonly EpochMetrics[];
  /** Its model solved again, in the order in which that was done. */
  readonly evaluations: readonly RecordedEvaluation[];
}

export interface RecordedEpoch {
  /** Number of the trial. */
  readonly trial: number;
  readonly metrics: EpochMetrics;
}

/** A completed trial without its parameters, which are the bulk of it. */
export interface RecordedResult {
  /** Of the trial. */
  readonly number: number;
  /** Hash of its cell without the seed. */
  readonly group: string;
  readonly result: TrialResult;
}

/** Wall time of a trial that ended in one attempt. */
export interface RecordedCost {
  readonly setting: ParameterValues;
  readonly seconds: number;
}

export interface RecordedEvaluation extends Evaluation {
  /** Number of the trial that trained the model. */
  readonly trial: number;
  readonly createdAt: string;
}

export interface CoordinatorPresence {
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  /** False if the process died without closing the database. */
  readonly running: boolean;
}

export type SqlValue = number | string | null | Buffer;

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  /** True if `limit` left rows out. */
  readonly truncated: boolean;
}

export interface ViewDescription {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly { readonly name: string; readonly description: string }[];
}

export interface Reader {
  /** By name. */
  sweeps(): Promise<readonly SweepSummary[]>;
  /** @throws UserError if there is none of that name, listing those there are; so do all that take a name */
  sweep(name: string): Promise<SweepSummary>;
  /** By number. */
  trials(sweep: string): Promise<readonly RecordedTrial[]>;
  /** @throws UserError if the sweep has no such trial */
  trial(sweep: string, number: number): Promise<TrialHistory>;
  /** Of the completed trials, by number. */
  results(sweep: string): Promise<readonly RecordedResult[]>;
  /** Of the trials of these numbers, as far as there are such. */
  parameters(sweep: string, trials: readonly number[]): Promise<ReadonlyMap<number, ParameterValues>>;
  /**
   * What a plan is compared with; null if there is no such sweep.
   * @param digest of the plan
   */
  outline(sweep: string, digest?: string): Promise<SweepOutline | null>;
  /** By what code completed trials were run, the most used first. */
  programs(sweep: string): Promise<readonly OutlinedProgram[]>;
  /** Wall times of the latest trials of the task that ended, of all sweeps; at most `limit`, oldest first. */
  costs(task: string, limit: number): Promise<readonly RecordedCost[]>;
  /** Of the sweep's trained models, by trial, in the order in which they were made. */
  evaluations(sweep: string): Promise<readonly RecordedEvaluation[]>;
  /**
   * Of the latest attempt of each trial, by trial and epoch.
   * @param trials numbers of those that are wanted, at most a few thousand; default: all
   */
  epochs(sweep: string, trials?: readonly number[]): Promise<readonly RecordedEpoch[]>;
  /**
   * One statement that only reads.
   * @param options.limit most rows to return; all of them if absent
   * @throws UserError for anything else, and for SQL errors with SQLite's message
   */
  query(sql: string, options?: { readonly limit?: number }): Promise<QueryResult>;
  /** The views, with what they and their columns mean. */
  schema(): Promise<readonly ViewDescription[]>;
  /** A number that changes when someone else has committed: cheap to poll. */
  dataVersion(): Promise<number>;
  /** Who writes the database, or died doing so; null if nobody. */
  coordinator(): Promise<CoordinatorPresence | null>;
  close(): Promise<void>;
}

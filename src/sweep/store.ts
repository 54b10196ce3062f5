/**
 * What the coordinator needs of a database; `db/` implements it (SQLite now, Postgres later).
 *
 * Contract:
 * - Every method is one transaction: when its promise resolves, the effect is durable; when it
 *   rejects, nothing happened.
 * - A cell's hash is unique within its sweep; adding it again changes nothing.
 * - A terminal trial is immutable: an attempt to change it rejects. One that did not complete may be queued again where a
 *   person asks for it (`retryTrials`); its attempts stay as they ended.
 * - Exactly one coordinator may hold a database at a time; readers are never blocked.
 */
import type { EpochMetrics, TrialEnvironment, TrialReason, TrialResult } from '../training/trial.js';
import type { Cell } from './cell.js';
import type { Evaluation } from './evaluation/evaluation.js';
import type { RetriableState, TrialState } from './trial-state.js';
import type { AttemptOrigin } from './run-origin.js';

export type SweepId = number & { readonly brand: 'SweepId' };
export type TrialId = number & { readonly brand: 'TrialId' };
export type AttemptId = number & { readonly brand: 'AttemptId' };

/** What of a sweep file is stored with the sweep. */
export interface SweepDeclaration {
  readonly name: string;
  readonly task: string;
  readonly seed: number;
  readonly objectives: readonly Objective[];
  /** Names of the parameters that vary: those of the file in its order, then those that only earlier runs varied. */
  readonly axes: readonly string[];
  /** The validated sweep file as JSON text, for people who want to know later what was asked. */
  readonly specification: string;
}

export interface Objective {
  /** A column of the trials view: nfe, loss, accuracy, train_loss, train_seconds, predict_seconds. */
  readonly name: string;
  readonly goal: 'minimize' | 'maximize';
}

export interface StoredSweep extends SweepDeclaration {
  readonly id: SweepId;
  /** True if `openSweep` found it, false if it made it. */
  readonly existed: boolean;
}

/** What `openSweep` finds. */
export interface OpenedSweep extends StoredSweep {
  /** As told to `recordPlan`; null where that is not known, or has become untrue. */
  readonly plan: RecordedPlan | null;
}

/** The first trials of a sweep, numbers 1 to `size`, are the cells of a plan in its order. */
export interface RecordedPlan {
  /** Of the plan: `SweepPlan.digest`. */
  readonly digest: string;
  readonly size: number;
}

/** Cells that need not be read again: their trials come back with them. Soonest where they are in the trials' order. */
export interface KnownCells {
  readonly cells: readonly Cell[];
  /** True where they are known to be those of the first trials, in order, so that they need not be compared either. */
  readonly areFirst?: boolean;
}

export interface StoredTrial {
  readonly id: TrialId;
  /** 1-based within the sweep, in the order in which cells were added. */
  readonly number: number;
  readonly cell: Cell;
  readonly state: TrialState;
  /** Number of attempts so far. */
  readonly attempts: number;
  /** Present if and only if completed. */
  readonly result: TrialResult | null;
  readonly reason: TrialReason | null;
}

export interface StoredEpoch {
  readonly trial: TrialId;
  readonly metrics: EpochMetrics;
}

/** What an attempt may take; null: no limit. */
export interface AttemptLimits {
  readonly timeoutSeconds: number | null;
  readonly memoryMegabytes: number | null;
}

export interface Store {
  /** Finds the sweep by name or makes it. @throws UserError if the stored one has another task or seed. */
  openSweep(declaration: SweepDeclaration): Promise<OpenedSweep>;
  /**
   * Adds the cells that are not stored yet, as queued trials, in order. Returns how many were new.
   * @param byPerson someone adds them to a running sweep: they belong to its later runs too, whatever their plan
   */
  addCells(sweep: SweepId, cells: readonly Cell[], byPerson?: boolean): Promise<number>;
  /** Those that a person added, by number. */
  addedTrials(sweep: SweepId): Promise<readonly TrialId[]>;
  /** Replaces what is known of the plan. */
  recordPlan(sweep: SweepId, plan: RecordedPlan): Promise<void>;
  /** Replaces the axes of the sweep. */
  recordAxes(sweep: SweepId, axes: readonly string[]): Promise<void>;
  /**
   * Trials of the sweep, by number: all, or those of a greater number than `after`.
   */
  trials(sweep: SweepId, after?: number, known?: KnownCells): Promise<readonly StoredTrial[]>;
  /** Epochs of the latest attempt of each of the trials, by trial (in no certain order) and epoch. */
  epochs(trials: readonly TrialId[]): Promise<readonly StoredEpoch[]>;
  /** Queues again every running trial of the sweep (its process is gone); its attempt becomes `lost`. Returns them. */
  requeueOrphans(sweep: SweepId): Promise<readonly TrialId[]>;
  /** Queued trials whose latest attempts were lost, so many in a row, without coming any further (`repeatedLosses`). By number. */
  repeatedlyLost(sweep: SweepId, losses: number): Promise<readonly TrialId[]>;

  /** queued → running, with a new attempt. @param limits that it runs under; default: none */
  beginAttempt(trial: TrialId, origin: AttemptOrigin, limits?: AttemptLimits): Promise<AttemptId>;
  recordEnvironment(attempt: AttemptId, environment: TrialEnvironment): Promise<void>;
  /** The attempt continues from a checkpoint after so many epochs. */
  recordResumed(attempt: AttemptId, epoch: number): Promise<void>;
  recordEpoch(attempt: AttemptId, metrics: EpochMetrics): Promise<void>;
  /** Early stopping would have ended the trial after this epoch, but spared it; the first such epoch is kept. */
  recordSpared(trial: TrialId, epoch: number): Promise<void>;
  /** running → terminal, attempt and trial together. */
  finishAttempt(attempt: AttemptId, end: AttemptEnd): Promise<void>;
  /** The attempt ends as said, its trial is queued again. */
  retryAttempt(attempt: AttemptId, end: UnsuccessfulEnd): Promise<void>;
  /** Queues again those of the trials that ended in one of the states. Returns them, in the order given. */
  retryTrials(trials: readonly TrialId[], states: readonly RetriableState[]): Promise<readonly TrialId[]>;
  /** running → queued; the attempt becomes `interrupted`. */
  interruptAttempt(attempt: AttemptId): Promise<void>;

  /** Adds an evaluation of a completed trial's model, or replaces one of the same setting that failed. */
  recordEvaluation(trial: TrialId, evaluation: Evaluation): Promise<void>;

  close(): Promise<void>;
}

export type AttemptEnd =
  { readonly state: 'completed'; readonly result: TrialResult; readonly modelFile: string | null } | UnsuccessfulEnd;

export interface UnsuccessfulEnd {
  readonly state: RetriableState;
  readonly reason: TrialReason;
}

/** The statements that a run makes again and again, one for each thing that happens to an attempt. */
import type { Kysely } from 'kysely';
import type { AttemptId, SweepId, TrialId } from '../src/sweep/store.js';
import type { AttemptState, TrialState } from '../src/sweep/trial-state.js';
import type { AttemptTable, EpochColumns, ReasonColumns, ResultColumns, Tables } from './tables.js';

type Database = Kysely<Tables>;

/** Trials that one statement names: SQLite takes 32766 variables. */
export const namedTrials = 1000;

export interface NewTrial {
  readonly sweep_id: SweepId;
  readonly number: number;
  readonly cell_hash: string;
  readonly cell_group: string;
  readonly parameters: string;
  readonly added: number;
}

export const insertTrial = (database: Database, row: NewTrial) => database.insertInto('trial').values(row);

/** No row: the trial is not queued. */
export const beginTrial = (database: Database, { trial }: { readonly trial: TrialId }) =>
  database
    .updateTable('trial')
    .set(({ eb }) => ({ state: 'running', attempts: eb('attempts', '+', 1) }))
    .where('id', '=', trial)
    .where('state', '=', 'queued')
    .returning('attempts');

type NewAttempt = Pick<
  AttemptTable,
  | 'trial_id'
  | 'number'
  | 'host'
  | 'pid'
  | 'program_version'
  | 'git_revision'
  | 'git_dirty'
  | 'timeout_seconds'
  | 'memory_megabytes'
  | 'started_at'
>;

export const insertAttempt = (database: Database, row: NewAttempt) =>
  database.insertInto('attempt').values(row).returning('id');

type EnvironmentColumns = Pick<
  AttemptTable,
  'engine' | 'dtype' | 'device' | 'versions' | 'model_parameters' | 'choices'
>;

/** No row: the attempt is not running; so below. */
export const setEnvironment = (
  database: Database,
  { attempt, ...columns }: EnvironmentColumns & { readonly attempt: AttemptId },
) =>
  database
    .updateTable('attempt')
    .set(columns)
    .where('id', '=', attempt)
    .where('state', '=', 'running')
    .returning('trial_id');

export const setResumed = (
  database: Database,
  { attempt, epoch }: { readonly attempt: AttemptId; readonly epoch: number },
) =>
  database
    .updateTable('attempt')
    .set({ resumed_epoch: epoch })
    .where('id', '=', attempt)
    .where('state', '=', 'running')
    .returning('trial_id');

type NewEpoch = EpochColumns & { readonly attempt_id: AttemptId };

export const putEpoch = (database: Database, row: NewEpoch) =>
  database
    .insertInto('epoch')
    .values(row)
    .onConflict((conflict) => conflict.columns(['attempt_id', 'epoch']).doUpdateSet(row));

export interface AttemptEndColumns extends ReasonColumns {
  readonly attempt: AttemptId;
  readonly state: AttemptState;
  readonly finished_at: string;
  readonly wall_seconds: number | null;
}

export const endAttempt = (database: Database, { attempt, ...columns }: AttemptEndColumns) =>
  database
    .updateTable('attempt')
    .set(columns)
    .where('id', '=', attempt)
    .where('state', '=', 'running')
    .returning('trial_id');

export interface TrialEndColumns extends ResultColumns {
  readonly trial: TrialId;
  readonly state: TrialState;
  readonly model_file: string | null;
}

export const endTrial = (database: Database, { trial, ...columns }: TrialEndColumns) =>
  database.updateTable('trial').set(columns).where('id', '=', trial);

export const queueTrial = (database: Database, { trial }: { readonly trial: TrialId }) =>
  database.updateTable('trial').set({ state: 'queued' }).where('id', '=', trial);

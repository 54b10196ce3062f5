/** Trials and attempts as people want to see them, from rows that join both. */
import type { Kysely } from 'kysely';
import type { AttemptOrigin } from '../src/sweep/run-origin.js';
import type { TrialEnvironment } from '../src/training/trial.js';
import type { RecordedAttempt, RecordedTrial } from './reader.js';
import { reasonFromRow } from './result-row.js';
import type { AttemptTable, Tables } from './tables.js';
import { selectTrials, trialFromRow } from './trial-row.js';
import type { Selectable } from 'kysely';

/** Trials with their sweep's name and their latest attempt; add `where` and `orderBy`. */
export function selectRecordedTrials(database: Kysely<Tables>) {
  return selectTrials(database)
    .innerJoin('sweep', 'sweep.id', 'trial.sweep_id')
    .select([
      'sweep.name as sweep',
      'sweep.seed as sweep_seed',
      'trial.model_file',
      'trial.spared_epoch',
      'attempt.engine',
      'attempt.dtype',
      'attempt.device',
      'attempt.versions',
      'attempt.model_parameters',
      'attempt.choices',
      'attempt.started_at',
      'attempt.finished_at',
      'attempt.wall_seconds',
    ]);
}

type RecordedTrialRow = Awaited<ReturnType<ReturnType<typeof selectRecordedTrials>['execute']>>[number];

export function recordedTrialFromRow(row: RecordedTrialRow): RecordedTrial {
  return {
    ...trialFromRow(row),
    sweep: row.sweep,
    sweepSeed: row.sweep_seed,
    environment: environmentFromRow(row),
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    wallSeconds: row.wall_seconds,
    modelFile: row.model_file,
    sparedEpoch: row.spared_epoch,
  };
}

export function recordedAttemptFromRow(row: Selectable<AttemptTable>): RecordedAttempt {
  return {
    number: row.number,
    state: row.state,
    origin: originFromRow(row),
    environment: environmentFromRow(row),
    reason: reasonFromRow(row),
    resumedEpoch: row.resumed_epoch,
    limits: { timeoutSeconds: row.timeout_seconds, memoryMegabytes: row.memory_megabytes },
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    wallSeconds: row.wall_seconds,
  };
}

type EnvironmentColumns = Pick<
  AttemptTable,
  'engine' | 'dtype' | 'device' | 'versions' | 'model_parameters' | 'choices'
>;

function environmentFromRow(row: EnvironmentColumns): TrialEnvironment | null {
  const { engine, dtype, device, versions, model_parameters: modelParameters, choices } = row;
  if (engine === null || device === null || versions === null) return null;
  return {
    engine,
    dtype,
    device,
    versions: JSON.parse(versions) as Record<string, string>,
    modelParameters,
    choices: choices === null ? null : (JSON.parse(choices) as Record<string, string>),
  };
}

type OriginColumns = Pick<AttemptTable, 'host' | 'pid' | 'program_version' | 'git_revision' | 'git_dirty'>;

export function originFromRow(row: OriginColumns): AttemptOrigin {
  return {
    host: row.host,
    pid: row.pid,
    programVersion: row.program_version,
    gitRevision: row.git_revision,
    gitDirty: row.git_dirty === null ? null : row.git_dirty === 1,
  };
}

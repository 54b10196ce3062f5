/** A stored trial, as rows of `trial` with its latest attempt's reason, and back. */
import type { Kysely } from 'kysely';
import type { Cell } from '../src/sweep/cell.js';
import type { StoredTrial } from '../src/sweep/store.js';
import { isTerminal } from '../src/sweep/trial-state.js';
import type { ParameterValues } from '../src/training/trial.js';
import { reasonFromRow, resultFromRow } from './result-row.js';
import type { Tables } from './tables.js';

/** Trials with the reason of their latest attempt; add `where` and `orderBy`. */
export function selectTrials(database: Kysely<Tables>) {
  return database
    .selectFrom('trial')
    .leftJoin('attempt', (join) =>
      join.onRef('attempt.trial_id', '=', 'trial.id').onRef('attempt.number', '=', 'trial.attempts'),
    )
    .select([
      'trial.id',
      'trial.number',
      'trial.cell_hash',
      'trial.cell_group',
      'trial.parameters',
      'trial.state',
      'trial.attempts',
      'trial.nfe',
      'trial.loss',
      'trial.accuracy',
      'trial.train_loss',
      'trial.train_seconds',
      'trial.predict_seconds',
      'trial.epochs',
      'trial.metrics',
      'trial.nonfinite',
      'attempt.reason_code',
      'attempt.reason_message',
      'attempt.reason_detail',
      'attempt.reason_epoch',
      'attempt.reason_iteration',
    ]);
}

type TrialRow = Awaited<ReturnType<ReturnType<typeof selectTrials>['execute']>>[number];

export function trialFromRow(row: TrialRow): StoredTrial {
  return {
    id: row.id,
    number: row.number,
    cell: cellFromRow(row),
    state: row.state,
    attempts: row.attempts,
    result: resultFromRow(row),
    // A queued trial's latest attempt may be a lost one: that is the attempt's reason, not the trial's.
    reason: isTerminal(row.state) ? reasonFromRow(row) : null,
  };
}

type CellColumns = Pick<TrialRow, 'cell_hash' | 'cell_group' | 'parameters'>;

/** Its parameters are most of a row: who asks for all trials looks at those of a few. */
export function cellFromRow({ cell_hash: hash, cell_group: group, parameters: text }: CellColumns): Cell {
  let parsed: ParameterValues | null = null;
  return {
    hash,
    group,
    get parameters() {
      parsed ??= JSON.parse(text) as ParameterValues;
      return parsed;
    },
  };
}

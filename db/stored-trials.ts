/**
 * All trials of a sweep as a run needs them: fast enough for 100,000, of which most have ended and most cells are those of
 * the plan at hand. So a cell's parameters, the bulk of its row, are read only where nobody knows them, and reasons only
 * of trials that have one.
 */
import type { Transaction } from 'kysely';
import type { Cell } from '../src/sweep/cell.js';
import type { StoredTrial, SweepId, TrialId } from '../src/sweep/store.js';
import { retriableStates } from '../src/sweep/trial-state.js';
import type { ParameterValues, TrialReason } from '../src/training/trial.js';
import { reasonFromRow, resultFromRow } from './result-row.js';
import type { Tables } from './tables.js';

export interface TrialsWanted {
  readonly sweep: SweepId;
  /** Only trials of greater numbers. */
  readonly after: number;
  /** By hash: cells that need not be read. */
  readonly known: ReadonlyMap<string, Cell>;
}

/** @returns them by number */
export async function readTrials(trx: Transaction<Tables>, wanted: TrialsWanted): Promise<readonly StoredTrial[]> {
  const { sweep, after, known } = wanted;
  const rows = await trx
    .selectFrom('trial')
    .select(['id', 'number', 'cell_hash', 'state', 'attempts'])
    .select([
      'nfe',
      'loss',
      'accuracy',
      'train_loss',
      'train_seconds',
      'predict_seconds',
      'epochs',
      'metrics',
      'nonfinite',
    ])
    .where('sweep_id', '=', sweep)
    .where('number', '>', after)
    .orderBy('number')
    .execute();
  const read = rows.every(({ cell_hash: hash }) => known.has(hash)) ? known : await readCells(trx, wanted);
  const reasons = await readReasons(trx, wanted);
  return rows.map((row) => {
    const cell = known.get(row.cell_hash) ?? read.get(row.cell_hash);
    if (cell === undefined) throw new Error(`Trial ${row.id} was read without its cell.`);
    const { id, number, state, attempts } = row;
    return { id, number, cell, state, attempts, result: resultFromRow(row), reason: reasons.get(id) ?? null };
  });
}

async function readCells(
  trx: Transaction<Tables>,
  { sweep, after, known }: TrialsWanted,
): Promise<ReadonlyMap<string, Cell>> {
  const rows = await trx
    .selectFrom('trial')
    .select(['cell_hash', 'cell_group', 'parameters'])
    .where('sweep_id', '=', sweep)
    .where('number', '>', after)
    .execute();
  const unknown = rows.filter(({ cell_hash: hash }) => !known.has(hash));
  return new Map(
    unknown.map(({ cell_hash: hash, cell_group: group, parameters }) => [
      hash,
      { hash, group, parameters: JSON.parse(parameters) as ParameterValues },
    ]),
  );
}

/** Of the latest attempts of trials that have ended without a result. */
async function readReasons(
  trx: Transaction<Tables>,
  { sweep, after }: TrialsWanted,
): Promise<ReadonlyMap<TrialId, TrialReason>> {
  const rows = await trx
    .selectFrom('trial')
    .innerJoin('attempt', (join) =>
      join.onRef('attempt.trial_id', '=', 'trial.id').onRef('attempt.number', '=', 'trial.attempts'),
    )
    .select(['trial.id', 'reason_code', 'reason_message', 'reason_detail', 'reason_epoch', 'reason_iteration'])
    .where('trial.sweep_id', '=', sweep)
    .where('trial.number', '>', after)
    .where('trial.state', 'in', retriableStates)
    .execute();
  const reasons = new Map<TrialId, TrialReason>();
  for (const { id, ...columns } of rows) {
    const reason = reasonFromRow(columns);
    if (reason !== null) reasons.set(id, reason);
  }
  return reasons;
}

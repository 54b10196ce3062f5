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
import { reasonFromRow, resultColumns, resultFromRow } from './result-row.js';
import type { Tables } from './tables.js';

export interface TrialsWanted {
  readonly sweep: SweepId;
  /** Only trials of greater numbers. */
  readonly after: number;
  /** That need not be read. */
  readonly cells: readonly Cell[];
}

/** @returns them by number */
export async function readTrials(trx: Transaction<Tables>, wanted: TrialsWanted): Promise<readonly StoredTrial[]> {
  const { sweep, after } = wanted;
  const rows = await trx
    .selectFrom('trial')
    .select(['id', 'number', 'cell_hash', 'state', 'attempts', ...resultColumns])
    .where('sweep_id', '=', sweep)
    .where('number', '>', after)
    .orderBy('number')
    .execute();
  const reasons = await readReasons(trx, wanted);
  const cells = await cellsOf(
    trx,
    wanted,
    rows.map((row) => row.cell_hash),
  );
  return rows.map((row, place) => {
    const { id, number, state, attempts } = row;
    const reason = reasons.get(id) ?? null;
    return { id, number, cell: cells[place], state, attempts, result: resultFromRow(row), reason };
  });
}

/** The cells of these hashes: given ones, or else read. */
async function cellsOf(
  trx: Transaction<Tables>,
  { sweep, after, cells }: TrialsWanted,
  hashes: readonly string[],
): Promise<readonly Cell[]> {
  if (hashes.every((hash, place) => cells.at(place)?.hash === hash)) return cells;
  const byHash = new Map(cells.map((cell) => [cell.hash, cell]));
  if (!hashes.every((hash) => byHash.has(hash))) {
    const rows = await trx
      .selectFrom('trial')
      .select(['cell_hash', 'cell_group', 'parameters'])
      .where('sweep_id', '=', sweep)
      .where('number', '>', after)
      .execute();
    for (const { cell_hash: hash, cell_group: group, parameters } of rows) {
      if (!byHash.has(hash)) byHash.set(hash, { hash, group, parameters: JSON.parse(parameters) as ParameterValues });
    }
  }
  return hashes.map((hash) => {
    const cell = byHash.get(hash);
    if (cell === undefined) throw new Error(`Cell ${hash} could not be read.`);
    return cell;
  });
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

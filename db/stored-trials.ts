/**
 * All trials of a sweep as a run needs them: fast enough for 100,000, of which most have ended and most cells are those of
 * the plan at hand. So a cell's parameters, the bulk of its row, are read only where nobody knows them, and reasons only
 * of trials that have one.
 */
import type { Transaction } from 'kysely';
import type { Cell } from '../src/sweep/cell.js';
import type { KnownCells, StoredTrial, SweepId, TrialId } from '../src/sweep/store.js';
import { retriableStates } from '../src/sweep/trial-state.js';
import type { TrialReason } from '../src/training/trial.js';
import { sql } from './kysely.js';
import { reasonFromRow, resultColumns, resultFromRow } from './result-row.js';
import type { Tables } from './tables.js';
import { cellFromRow } from './trial-row.js';

export interface TrialsWanted {
  readonly sweep: SweepId;
  /** Only trials of greater numbers. */
  readonly after: number;
  readonly known: KnownCells;
}

/** @returns them by number */
export async function readTrials(trx: Transaction<Tables>, wanted: TrialsWanted): Promise<readonly StoredTrial[]> {
  const reasons = await readReasons(trx, wanted);
  const stands: Stand[] = [];
  const keys: CellKey[] = [];
  for (let from = wanted.after; ; from = keys[keys.length - 1].number) {
    const rows = await readChunk(trx, wanted, from);
    for (const row of rows) {
      const { id, number, cell_hash: hash, state, attempts } = row;
      keys.push({ number, hash });
      stands.push({ id, state, attempts, result: resultFromRow(row), reason: reasons.get(id) ?? null });
    }
    if (rows.length < chunk) break;
  }
  const cells = await cellsOf(trx, wanted, keys);
  return stands.map(({ id, state, attempts, result, reason }, place) => {
    return { id, number: keys[place].number, cell: cells[place], state, attempts, result, reason };
  });
}

/** Rows that are in memory at a time: what is made of them takes a fraction of it. */
const chunk = 1000;

type Stand = Omit<StoredTrial, 'number' | 'cell'>;

/** By what the cell of a trial is found. */
interface CellKey {
  readonly number: number;
  /** Missing: not read. */
  readonly hash: string | undefined;
}

function readChunk(trx: Transaction<Tables>, { sweep, known }: TrialsWanted, from: number) {
  return trx
    .selectFrom('trial')
    .select(['id', 'number', 'state', 'attempts', ...resultColumns])
    .$if(known.areFirst !== true, (query) => query.select('cell_hash'))
    .where('sweep_id', '=', sweep)
    .where('number', '>', from)
    .orderBy('number')
    .limit(chunk)
    .execute();
}

/** The cells of these trials: known ones, or else read. */
async function cellsOf(
  trx: Transaction<Tables>,
  { sweep, known: { cells, areFirst = false } }: TrialsWanted,
  keys: readonly CellKey[],
): Promise<readonly Cell[]> {
  const isBeginning = cells.length <= keys.length && (areFirst || beginsWith(keys, cells));
  const first = isBeginning ? cells : [];
  const others = keys.slice(first.length);
  const byHash = new Map(isBeginning ? [] : cells.map((cell) => [cell.hash, cell]));
  const found = others.map(({ hash = '' }) => byHash.get(hash));
  const unknown = found.indexOf(undefined);
  const read = unknown < 0 ? null : await readCells(trx, sweep, others[unknown].number);
  return [
    ...first,
    ...found.map((given, place) => {
      const cell = given ?? read?.get(others[place].number);
      if (cell === undefined) throw new Error(`The cell of trial ${others[place].number} could not be read.`);
      return cell;
    }),
  ];
}

function beginsWith(keys: readonly CellKey[], cells: readonly Cell[]): boolean {
  return cells.every(({ hash }, place) => keys[place].hash === hash);
}

/** By the numbers of their trials, from this one on. */
async function readCells(trx: Transaction<Tables>, sweep: SweepId, from: number): Promise<ReadonlyMap<number, Cell>> {
  const rows = await trx
    .selectFrom('trial')
    .select(['number', 'cell_hash', 'cell_group', 'parameters'])
    .where('sweep_id', '=', sweep)
    .where('number', '>=', from)
    .execute();
  return new Map(rows.map((row) => [row.number, cellFromRow(row)]));
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
    // Few trials are in such a state: they are found by it.
    .where(sql<number>`+trial.number`, '>', after)
    .where('trial.state', 'in', retriableStates)
    .execute();
  const reasons = new Map<TrialId, TrialReason>();
  for (const { id, ...columns } of rows) {
    const reason = reasonFromRow(columns);
    if (reason !== null) reasons.set(id, reason);
  }
  return reasons;
}

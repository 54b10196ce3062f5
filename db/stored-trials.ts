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
import { latestAttempts } from './latest-attempts.js';
import { reasonFromRow, resultColumns, resultFromRow } from './result-row.js';
import { forRowsByNumber } from './rows-by-number.js';
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
  const trials: StoredTrial[] = [];
  const given = new GivenCells(wanted.known);
  const read = (after: number, most: number) => readRows(trx, wanted, after, most);
  await forRowsByNumber(wanted.after, read, async (rows) => {
    const found = rows.map((row, place) => given.find(trials.length + place, row.cell_hash));
    const others = found.includes(null) ? await readCells(trx, wanted.sweep, rows) : null;
    for (const [place, row] of rows.entries()) {
      const { id, number, state, attempts } = row;
      const cell = found[place] ?? others?.get(number);
      if (cell === undefined) throw new Error(`The cell of trial ${number} could not be read.`);
      trials.push({ id, number, cell, state, attempts, result: resultFromRow(row), reason: reasons.get(id) ?? null });
    }
  });
  return trials;
}

function readRows(trx: Transaction<Tables>, { sweep, known }: TrialsWanted, after: number, most: number) {
  return trx
    .selectFrom('trial')
    .select(['id', 'number', 'state', 'attempts', ...resultColumns])
    .$if(known.areFirst !== true, (query) => query.select('cell_hash'))
    .where('sweep_id', '=', sweep)
    .where('number', '>', after)
    .orderBy('number')
    .limit(most)
    .execute();
}

/** The cells that the caller knows, soonest found where they are in the trials' order. */
class GivenCells {
  readonly #known: KnownCells;
  #byHash: ReadonlyMap<string, Cell> | null = null;

  constructor(known: KnownCells) {
    this.#known = known;
  }

  /** @param place among the trials that are read @param hash missing: not read, since the first cells need no comparison */
  find(place: number, hash: string | undefined): Cell | null {
    const { cells } = this.#known;
    const next = cells.at(place);
    if (hash === undefined || next?.hash === hash) return next ?? null;
    this.#byHash ??= new Map(cells.map((cell) => [cell.hash, cell]));
    return this.#byHash.get(hash) ?? null;
  }
}

/** By the numbers of the trials. @param rows by number */
async function readCells(
  trx: Transaction<Tables>,
  sweep: SweepId,
  rows: readonly { readonly number: number }[],
): Promise<ReadonlyMap<number, Cell>> {
  const read = await trx
    .selectFrom('trial')
    .select(['number', 'cell_hash', 'cell_group', 'parameters'])
    .where('sweep_id', '=', sweep)
    .where('number', '>=', rows[0].number)
    .where('number', '<=', rows[rows.length - 1].number)
    .execute();
  return new Map(read.map((row) => [row.number, cellFromRow(row)]));
}

/** Of the latest attempts of trials that have ended without a result. */
async function readReasons(
  trx: Transaction<Tables>,
  { sweep, after }: TrialsWanted,
): Promise<ReadonlyMap<TrialId, TrialReason>> {
  const rows = await latestAttempts(trx)
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

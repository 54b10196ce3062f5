/** What a frontier is found by: results of all completed trials, and the parameters of the few that are on it. */
import type { Transaction } from 'kysely';
import type { SweepId } from '../src/sweep/store.js';
import type { ParameterValues } from '../src/training/trial.js';
import type { RecordedResult } from './reader.js';
import { resultColumns, resultFromRow } from './result-row.js';
import { forRowsByNumber } from './rows-by-number.js';
import { namedTrials } from './store-queries.js';
import type { Tables } from './tables.js';

export async function readResults(trx: Transaction<Tables>, sweep: SweepId): Promise<readonly RecordedResult[]> {
  const results: RecordedResult[] = [];
  const read = (after: number, most: number) =>
    trx
      .selectFrom('trial')
      .select(['number', 'cell_group as group', ...resultColumns])
      .where('sweep_id', '=', sweep)
      .where('number', '>', after)
      .orderBy('number')
      .limit(most)
      .execute();
  await forRowsByNumber(0, read, (rows) => {
    for (const row of rows) {
      const result = resultFromRow(row);
      if (result !== null) results.push({ number: row.number, group: row.group, result });
    }
  });
  return results;
}

export async function readParameters(
  trx: Transaction<Tables>,
  sweep: SweepId,
  trials: readonly number[],
): Promise<ReadonlyMap<number, ParameterValues>> {
  const parameters = new Map<number, ParameterValues>();
  for (let start = 0; start < trials.length; start += namedTrials) {
    const rows = await trx
      .selectFrom('trial')
      .select(['number', 'parameters'])
      .where('sweep_id', '=', sweep)
      .where('number', 'in', trials.slice(start, start + namedTrials))
      .execute();
    for (const row of rows) parameters.set(row.number, JSON.parse(row.parameters) as ParameterValues);
  }
  return parameters;
}

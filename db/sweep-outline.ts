/** What plans are compared with and estimated by: few columns of many rows. */
import type { Transaction } from 'kysely';
import type { SweepOutline } from '../src/sweep/plan/plan-comparison.js';
import type { ParameterValues } from '../src/training/trial.js';
import { sql } from './kysely.js';
import type { RecordedCost } from './reader.js';
import type { Tables } from './tables.js';

export async function readOutline(trx: Transaction<Tables>, name: string): Promise<SweepOutline | null> {
  const sweep = await trx
    .selectFrom('sweep')
    .select(['id', 'specification'])
    .where('name', '=', name)
    .executeTakeFirst();
  if (sweep === undefined) return null;
  // Each of these is answered by an index alone; the table itself is mostly parameters.
  const trials = trx.selectFrom('trial').where('sweep_id', '=', sweep.id);
  const numbers = await trials.select(['id', 'number']).orderBy('number').execute();
  const hashes = new Map((await trials.select(['id', 'cell_hash']).execute()).map((row) => [row.id, row.cell_hash]));
  const states = new Map((await trials.select(['id', 'state']).execute()).map(({ id, state }) => [id, state]));
  const added = new Set((await trials.select('id').where('added', '=', 1).execute()).map(({ id }) => id));
  const programs = await latestAttempts(trx)
    .select(({ fn }) => [
      'attempt.program_version as programVersion',
      'attempt.git_revision as gitRevision',
      'attempt.git_dirty as gitDirty',
      sql<string | null>`attempt.versions ->> '$.task'`.as('taskModule'),
      fn.countAll<number>().as('trials'),
    ])
    .where('trial.sweep_id', '=', sweep.id)
    .where('trial.state', '=', 'completed')
    .groupBy(['programVersion', 'gitRevision', 'gitDirty', 'taskModule'])
    .orderBy('trials', 'desc')
    .execute();
  return {
    specification: sweep.specification,
    cells: numbers.map(({ id, number }) => {
      const [hash, state] = [hashes.get(id), states.get(id)];
      if (hash === undefined || state === undefined) throw new Error(`Trial ${id} is in one index and not in another.`);
      return { number, hash, state, added: added.has(id) };
    }),
    programs: programs.map(({ gitDirty, ...program }) => ({
      ...program,
      gitDirty: gitDirty === null ? null : gitDirty === 1,
    })),
  };
}

export async function readCosts(
  trx: Transaction<Tables>,
  task: string,
  limit: number,
): Promise<readonly RecordedCost[]> {
  const rows = await latestAttempts(trx)
    .innerJoin('sweep', 'sweep.id', 'trial.sweep_id')
    .select(['trial.parameters', 'attempt.wall_seconds'])
    .where('sweep.task', '=', task)
    .where('trial.state', 'not in', ['queued', 'running', 'cancelled'])
    // An attempt that continued another's work says nothing of the whole.
    .where('attempt.resumed_epoch', 'is', null)
    .where('attempt.wall_seconds', '>', 0)
    .orderBy('attempt.id', 'desc')
    .limit(limit)
    .execute();
  return rows
    .map((row) => ({ setting: JSON.parse(row.parameters) as ParameterValues, seconds: row.wall_seconds ?? 0 }))
    .reverse();
}

function latestAttempts(trx: Transaction<Tables>) {
  return trx
    .selectFrom('trial')
    .innerJoin('attempt', (join) =>
      join.onRef('attempt.trial_id', '=', 'trial.id').onRef('attempt.number', '=', 'trial.attempts'),
    );
}

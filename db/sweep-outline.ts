/** What plans are compared with and estimated by: few columns of many rows. */
import { sql, type Transaction } from 'kysely';
import type { SweepOutline } from '../src/sweep/plan-comparison.js';
import type { ParameterValues } from '../src/training/trial.js';
import type { RecordedCost } from './reader.js';
import type { Tables } from './tables.js';

export async function readOutline(trx: Transaction<Tables>, name: string): Promise<SweepOutline | null> {
  const sweep = await trx
    .selectFrom('sweep')
    .select(['id', 'specification'])
    .where('name', '=', name)
    .executeTakeFirst();
  if (sweep === undefined) return null;
  const cells = await trx
    .selectFrom('trial')
    .select(['number', 'cell_hash as hash', 'state', 'added'])
    .where('sweep_id', '=', sweep.id)
    .orderBy('number')
    .execute();
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
    cells: cells.map(({ added, ...cell }) => ({ ...cell, added: added === 1 })),
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

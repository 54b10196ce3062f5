/** What plans are compared with and estimated by: few columns of many rows. */
import type { Transaction } from 'kysely';
import type { OutlinedCell, OutlinedProgram, SweepOutline } from '../src/sweep/plan/plan-comparison.js';
import type { SweepId } from '../src/sweep/store.js';
import { isTerminal, trialStates, type TrialState } from '../src/sweep/trial-state.js';
import type { ParameterValues } from '../src/training/trial.js';
import { sql } from './kysely.js';
import { latestAttempts } from './latest-attempts.js';
import type { RecordedCost } from './reader.js';
import type { Tables } from './tables.js';

const openTrialStates = trialStates.filter((state) => !isTerminal(state));

/** @param digest of a plan */
export async function readOutline(
  trx: Transaction<Tables>,
  name: string,
  digest: string | undefined,
): Promise<SweepOutline | null> {
  const sweep = await trx
    .selectFrom('sweep')
    .select(['id', 'specification', 'plan_digest', 'plan_size'])
    .where('name', '=', name)
    .executeTakeFirst();
  if (sweep === undefined) return null;
  const { id, specification, plan_digest: recorded, plan_size: size } = sweep;
  const isPlanned = digest !== undefined && digest === recorded && size !== null;
  return {
    specification,
    planned: isPlanned ? { size, open: await openTrials(trx, id, size) } : null,
    cells: await outlinedCells(trx, id, isPlanned ? size : 0),
  };
}

/** By their place among the first ones. */
async function openTrials(
  trx: Transaction<Tables>,
  sweep: SweepId,
  size: number,
): Promise<ReadonlyMap<number, TrialState>> {
  const rows = await trx
    .selectFrom('trial')
    .select(['number', 'state'])
    .where('sweep_id', '=', sweep)
    .where('state', 'in', openTrialStates)
    .where(sql<number>`+number`, '<=', size)
    .execute();
  return new Map(rows.map(({ number, state }) => [number - 1, state]));
}

/** @param after only trials of greater numbers */
async function outlinedCells(
  trx: Transaction<Tables>,
  sweep: SweepId,
  after: number,
): Promise<readonly OutlinedCell[]> {
  const trials = trx.selectFrom('trial').where('sweep_id', '=', sweep);
  if (after > 0) {
    const rows = await trials
      .select(['number', 'cell_hash as hash', 'state', 'added'])
      .where('number', '>', after)
      .orderBy('number')
      .execute();
    return rows.map((row) => ({ ...row, added: row.added === 1 }));
  }
  // Each of these is answered by an index alone; the table itself is mostly parameters.
  const numbers = await trials.select(['id', 'number']).orderBy('number').execute();
  const hashes = new Map((await trials.select(['id', 'cell_hash']).execute()).map((row) => [row.id, row.cell_hash]));
  const states = new Map((await trials.select(['id', 'state']).execute()).map(({ id, state }) => [id, state]));
  const added = new Set((await trials.select('id').where('added', '=', 1).execute()).map(({ id }) => id));
  return numbers.map(({ id, number }) => {
    const [hash, state] = [hashes.get(id), states.get(id)];
    if (hash === undefined || state === undefined) throw new Error(`Trial ${id} is in one index and not in another.`);
    return { number, hash, state, added: added.has(id) };
  });
}

export async function readPrograms(trx: Transaction<Tables>, sweep: SweepId): Promise<readonly OutlinedProgram[]> {
  const completed = trx.selectFrom('trial').select('id').where('sweep_id', '=', sweep).where('state', '=', 'completed');
  const rows = await trx
    .selectFrom('attempt')
    .select(({ fn }) => [
      'program_version as programVersion',
      'git_revision as gitRevision',
      'git_dirty as gitDirty',
      sql<string | null>`versions ->> '$.task'`.as('taskModule'),
      fn.countAll<number>().as('trials'),
    ])
    // A trial completes once, and is not tried again.
    .where('state', '=', 'completed')
    .where('trial_id', 'in', completed)
    .groupBy(['programVersion', 'gitRevision', 'gitDirty', 'taskModule'])
    .orderBy('trials', 'desc')
    .execute();
  return rows.map(({ gitDirty, ...program }) => ({ ...program, gitDirty: gitDirty === null ? null : gitDirty === 1 }));
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

/** The attempts of queued trials whose latest one was lost: enough to tell whether they get on. */
import type { Transaction } from 'kysely';
import type { PastAttempt } from '../src/sweep/coordinator/repeated-losses.js';
import type { SweepId, TrialId } from '../src/sweep/store.js';
import type { Tables } from './tables.js';

/** @param least trials with fewer attempts are left out @returns by trial, in the trials' order, the first attempt first */
export async function readPastAttempts(
  trx: Transaction<Tables>,
  sweep: SweepId,
  least: number,
): Promise<ReadonlyMap<TrialId, readonly PastAttempt[]>> {
  const rows = await trx
    .selectFrom('trial')
    .innerJoin('attempt as latest', (join) =>
      join.onRef('latest.trial_id', '=', 'trial.id').onRef('latest.number', '=', 'trial.attempts'),
    )
    .innerJoin('attempt', 'attempt.trial_id', 'trial.id')
    .leftJoin('epoch', 'epoch.attempt_id', 'attempt.id')
    .select(['trial.id', 'attempt.state'])
    .select(({ fn }) => fn.max('epoch.epoch').as('epochs'))
    .where('trial.sweep_id', '=', sweep)
    .where('trial.state', '=', 'queued')
    .where('trial.attempts', '>=', least)
    .where('latest.state', '=', 'lost')
    .groupBy('attempt.id')
    .orderBy('trial.number')
    .orderBy('attempt.number')
    .execute();
  const attempts = new Map<TrialId, PastAttempt[]>();
  for (const { id, state, epochs } of rows) {
    const past = attempts.get(id) ?? [];
    past.push({ state, epochs: epochs ?? 0 });
    attempts.set(id, past);
  }
  return attempts;
}

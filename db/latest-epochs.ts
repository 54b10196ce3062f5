/** Epochs of trials as their latest attempts told them. */
import type { Transaction } from 'kysely';
import type { StoredEpoch, TrialId } from '../src/sweep/store.js';
import { epochFromRow } from './epoch-row.js';
import { latestAttempts } from './latest-attempts.js';
import type { Tables } from './tables.js';

/** @returns them by trial and epoch */
export async function readLatestEpochs(
  trx: Transaction<Tables>,
  trials: readonly TrialId[],
): Promise<readonly StoredEpoch[]> {
  const rows = await latestAttempts(trx)
    .innerJoin('epoch', 'epoch.attempt_id', 'attempt.id')
    .where('trial.id', 'in', trials)
    .selectAll('epoch')
    .select('trial.id as trial')
    .orderBy('trial.id')
    .orderBy('epoch.epoch')
    .execute();
  return rows.map(({ trial, ...row }) => ({ trial, metrics: epochFromRow(row) }));
}

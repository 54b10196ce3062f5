/** Trials with their latest attempts: what an earlier attempt told no longer counts. */
import type { Transaction } from 'kysely';
import type { Tables } from './tables.js';

/** Trials that were never tried are not among them; add `select` and `where`. */
export function latestAttempts(trx: Transaction<Tables>) {
  return trx
    .selectFrom('trial')
    .innerJoin('attempt', (join) =>
      join.onRef('attempt.trial_id', '=', 'trial.id').onRef('attempt.number', '=', 'trial.attempts'),
    );
}

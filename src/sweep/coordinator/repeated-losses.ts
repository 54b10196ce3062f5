/**
 * How often in a row a trial was lost: its process died under it, and it had come no further than the time before.
 *
 * A person who kills runs, or a machine that is switched off, loses trials just as a trial does that crashes its process. So
 * the count is a suspicion, on which no trial may be ended; one that gets on a little each time is not even suspected.
 */
import type { AttemptState } from '../trial-state.js';

export interface PastAttempt {
  readonly state: AttemptState;
  /** The last epoch it told; 0: none. */
  readonly epochs: number;
}

/** So many losses in a row make a trial a suspect: one happens to whoever runs when a machine goes down. */
export const suspiciousLosses = 2;

/** @param attempts of one trial, the first one first */
export function repeatedLosses(attempts: readonly PastAttempt[]): number {
  let losses = 0;
  let before = 0;
  for (const { state, epochs } of attempts) {
    losses = state === 'lost' && epochs <= before ? losses + 1 : 0;
    before = epochs;
  }
  return losses;
}

/** What a run has counted and told so far: trials by state, and the events, to a listener that cannot harm it. */
import type { SweepEvent, SweepListener } from '../events.js';
import type { StoredTrial } from '../store.js';
import { isTerminal, trialStates, type TrialState } from '../trial-state.js';

export class Ledger {
  readonly counts = Object.fromEntries(trialStates.map((state) => [state, 0])) as Record<TrialState, number>;
  /** Trials that ended in this run. */
  ended = 0;
  readonly #listen: SweepListener;
  #warned = false;

  constructor(listen: SweepListener) {
    this.#listen = listen;
  }

  enter(trials: readonly StoredTrial[]): void {
    for (const { state } of trials) this.counts[state] += 1;
  }

  move(from: TrialState, to: TrialState): void {
    this.counts[from] -= 1;
    this.counts[to] += 1;
    if (isTerminal(to)) this.ended += 1;
  }

  /** What the listener throws is reported as a warning of the process, once. */
  tell(event: SweepEvent): void {
    try {
      this.#listen(event);
    } catch (error) {
      if (this.#warned) return;
      this.#warned = true;
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}

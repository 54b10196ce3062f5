/**
 * Life of a trial.
 *
 *   queued ──► running ──► completed | failed | pruned | cancelled | timed_out | diverged
 *     ▲           │
 *     └───────────┘  interrupted (stop) or orphaned (the process died): back to the queue
 *
 * The six states on the right are terminal: the database refuses to change a trial in them. One exception: where a person
 * asks for it, a trial that did not complete goes back to the queue (`retries` counts how often).
 */
export const terminalTrialStates = ['completed', 'failed', 'pruned', 'cancelled', 'timed_out', 'diverged'] as const;
export const trialStates = ['queued', 'running', ...terminalTrialStates] as const;

export type TrialState = (typeof trialStates)[number];
export type TerminalTrialState = (typeof terminalTrialStates)[number];

/** Ended without a result: what `--retry` may name. */
export const retriableStates = ['failed', 'pruned', 'cancelled', 'timed_out', 'diverged'] as const;

export type RetriableState = (typeof retriableStates)[number];

/** Ended without a result and without anyone having wished it: what a person should look at. */
export const unsuccessfulStates = ['failed', 'timed_out', 'diverged'] as const satisfies readonly TerminalTrialState[];

/** How many trials of a sweep ended in those states. */
export function countUnsuccessful(counts: Readonly<Record<TrialState, number>>): number {
  return unsuccessfulStates.reduce((sum, state) => sum + counts[state], 0);
}

/** An attempt is one run of a trial; `interrupted` and `lost` send the trial back to the queue. */
export type AttemptState = 'running' | TerminalTrialState | 'interrupted' | 'lost';

export function isTerminal(state: TrialState): state is TerminalTrialState {
  return state !== 'queued' && state !== 'running';
}

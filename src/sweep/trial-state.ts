/**
 * Life of a trial.
 *
 *   queued ──► running ──► completed | failed | pruned | cancelled | timed_out | diverged
 *     ▲           │
 *     └───────────┘  interrupted (stop) or orphaned (the process died): back to the queue
 *
 * The six states on the right are terminal and immutable: the database refuses to change them.
 */
export const terminalTrialStates = ['completed', 'failed', 'pruned', 'cancelled', 'timed_out', 'diverged'] as const;
export const trialStates = ['queued', 'running', ...terminalTrialStates] as const;

export type TrialState = (typeof trialStates)[number];
export type TerminalTrialState = (typeof terminalTrialStates)[number];

/** An attempt is one run of a trial; `interrupted` and `lost` send the trial back to the queue. */
export type AttemptState = 'running' | TerminalTrialState | 'interrupted' | 'lost';

export function isTerminal(state: TrialState): state is TerminalTrialState {
  return state !== 'queued' && state !== 'running';
}

/** Watches for what ends one trial early – its time limit, or someone who asks for it – and says how it then ended. */
import type { IncompleteOutcome, TrialReason } from '../../training/trial.js';

/** How a trial's worker is asked to end the trial, and made to. */
export interface Stoppable {
  /** Asks the trial to end. */
  stop(): void;
  /** Whether it has been asked to, by whomever. */
  readonly stopping: boolean;
  /** True while its worker must not be terminated. */
  readonly held: boolean;
  /** What it is that is terminated, in words. */
  readonly worker: string;
}

export interface EndWatch {
  /** Aborted once the worker is to be terminated. */
  readonly signal: AbortSignal;
  /** How the trial ended if it was asked to, else null. */
  outcome(how: 'obeyed' | 'terminated'): IncompleteOutcome | null;
  clear(): void;
}

export interface EndWatchOptions {
  /** Undefined: no limit. */
  readonly timeoutSeconds: number | undefined;
  readonly kill: AbortSignal | undefined;
  /** Between the question and the termination. */
  readonly graceMilliseconds: number;
}

/** Long enough for an iteration of a big model, short enough for a person who pressed Ctrl-C twice. */
export const graceMilliseconds = 500;

/** Between two looks at whether a device was let go of. */
export const heldMilliseconds = 5;

/** Why one trial is to end before its time. */
type EarlyEnd = Pick<Extract<IncompleteOutcome, { readonly reason: TrialReason }>, 'state'> & {
  readonly code: string;
  readonly message: string;
};

/** The trial is asked first; its worker is terminated if it does not answer and nothing forbids it. */
export function watchEnd(trial: Stoppable, options: EndWatchOptions): EndWatch {
  const { timeoutSeconds: seconds, kill } = options;
  const termination = new AbortController();
  let why: EarlyEnd | null = null;
  let timer: NodeJS.Timeout | undefined;
  const terminate = (): void => {
    if (trial.held) timer = setTimeout(terminate, heldMilliseconds);
    else termination.abort();
  };
  const ask = (end: EarlyEnd): void => {
    // Else the trial has been asked already: what follows is that one's doing.
    if (!trial.stopping) why = end;
    trial.stop();
    clearTimeout(timer);
    timer = setTimeout(terminate, options.graceMilliseconds);
  };
  const killed = (): void => ask({ state: 'cancelled', code: 'killed', message: 'Someone asked for its end.' });
  if (seconds !== undefined) {
    const message = `It ran longer than its limit of ${seconds} s.`;
    timer = setTimeout(() => ask({ state: 'timed_out', code: 'timeout', message }), seconds * 1000);
  }
  if (kill?.aborted === true) killed();
  kill?.addEventListener('abort', killed);
  return {
    signal: termination.signal,
    outcome: (how) => {
      if (why === null) return null;
      const { state, code, message } = why;
      const detail =
        how === 'obeyed' ? 'It ended when it was asked to.' : `It did not answer: its ${trial.worker} was terminated.`;
      return { state, reason: { code, message, detail } };
    },
    clear: () => {
      clearTimeout(timer);
      kill?.removeEventListener('abort', killed);
    },
  };
}

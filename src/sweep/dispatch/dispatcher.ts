/**
 * What the coordinator needs of whoever runs trials: threads of this process, child processes, other programs.
 *
 * Contract (`test/sweep/dispatch/dispatcher-contract.ts` holds every executor to it):
 * - Everything a trial told before it ended is delivered, in order and one at a time, before its outcome is.
 * - However a trial ends (an exception, its memory limit, its process's death), it has an outcome, and the next one
 *   finds a fresh place.
 * - When `close` has resolved, nothing of the dispatcher runs any more.
 */
import type { TrialMessage, TrialOutcome, TrialRequest } from '../../training/trial.js';

export interface DispatcherOptions {
  /** Trials at a time; default: the processors this process may use. */
  readonly workers?: number;
  /** Limit of each worker's JavaScript heap. A trial that exceeds it fails as `out_of_memory`. */
  readonly memoryMegabytes?: number;
  /** Wall time of a trial, the start of its worker and engine included, after which it ends as `timed_out`. */
  readonly timeoutSeconds?: number;
  /** A module whose default export runs one `TrialTask`; default: the trainer. */
  readonly workerFile?: string;
}

export interface DispatchHooks {
  /** Called for one message at a time: the next waits for the promise. If it rejects, the trial is stopped and `run` rejects. */
  readonly onMessage: (message: TrialMessage) => Promise<void> | void;
  /** Aborted where someone asks for the trial's end: it ends as `cancelled`. */
  readonly kill?: AbortSignal;
}

export interface Dispatcher {
  /** How many trials run at a time. */
  readonly workers: number;
  /**
   * Runs one trial to its end. `interrupted` at once after `abort`. A trial beyond its time limit is asked to end, and
   * its worker terminated if it does not.
   * @throws UserError('environment') if no worker can start on this machine
   */
  run(request: TrialRequest, hooks: DispatchHooks): Promise<TrialOutcome>;
  /**
   * Asks every running trial to end as `interrupted`; workers that have not obeyed after a moment are terminated
   * (nothing is lost: an interrupted trial leaves no result). Idempotent.
   */
  abort(): void;
  /** Terminates what still runs and resolves when every worker is gone. Idempotent. */
  close(): Promise<void>;
}

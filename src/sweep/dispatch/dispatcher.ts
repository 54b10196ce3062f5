/**
 * What the coordinator needs of whoever runs trials: threads of this process, child processes, other programs.
 *
 * Contract (`test/sweep/dispatch/dispatcher-contract.ts` holds every executor to it):
 * - Everything a trial told before it ended is delivered, in order and one at a time, before its outcome is.
 * - However a trial ends (an exception, its memory limit, its process's death), it has an outcome, and the next one
 *   finds a fresh place.
 * - When `close` has resolved, nothing of the dispatcher runs any more.
 */
import type { CompletedTrial, IncompleteOutcome, TrialMessage, TrialRequest } from '../../training/trial.js';

export interface DispatcherOptions {
  /** Trials at a time; default: the processors this process may use. */
  readonly workers?: number;
  /** Limit of what each trial holds (`training/memory-limit.ts`). One that exceeds it fails as `out_of_memory`. */
  readonly memoryMegabytes?: number;
  /** Wall time of a trial, the start of its worker and engine included, after which it ends as `timed_out`. */
  readonly timeoutSeconds?: number;
  /** A module whose default export runs one `TrialTask` of the dispatcher's requests; default: the trainer. */
  readonly workerFile?: string;
}

export interface DispatchHooks {
  /** Called for one message at a time: the next waits for the promise. If it rejects, the trial is stopped and `run` rejects. */
  readonly onMessage: (message: TrialMessage) => Promise<void> | void;
  /** Aborted where someone asks for the trial's end: it ends as `cancelled`. */
  readonly kill?: AbortSignal;
  /** The trial may take down the process that it runs in; heeded by a dispatcher that `isolates`. */
  readonly isolated?: boolean;
}

/** A trial, or something else that tells and ends as trials do. */
export interface CompletedRequest {
  readonly state: 'completed';
}

/** @typeParam Completed how what was asked ends where nothing comes between */
export interface Dispatcher<Request = TrialRequest, Completed extends CompletedRequest = CompletedTrial> {
  /** How many trials run at a time. */
  readonly workers: number;
  /** Runs in a process of its own what asks for it; missing: every trial runs in the same way. */
  readonly isolates?: true;
  /** Changes that; where it is fewer, running trials finish. @throws UserError unless it is a whole number of at least 1 */
  resize(workers: number): void;
  /**
   * Runs one trial to its end. `interrupted` at once after `drain` or `abort`. A trial beyond its time limit is asked to end, and
   * its worker terminated if it does not.
   * @throws UserError('environment') if no worker can start on this machine
   */
  run(request: Request, hooks: DispatchHooks): Promise<Completed | IncompleteOutcome>;
  /**
   * Asks every running trial to leave a checkpoint at its epoch's end and to end as `interrupted`. One in its last epoch,
   * or that was asked for no checkpoints, or that knows none, goes on to its end. Idempotent.
   */
  drain(): void;
  /**
   * Asks every running trial to end as `interrupted`; workers that have not obeyed after a moment are terminated
   * (nothing is lost: an interrupted trial leaves no result). Idempotent.
   */
  abort(): void;
  /** Terminates what still runs and resolves when every worker is gone. Idempotent. */
  close(): Promise<void>;
}

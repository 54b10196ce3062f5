/**
 * Runs trials on worker threads of this machine, one trial a thread at a time.
 *
 * Invariants:
 * - Everything a trial told before it ended is delivered, in order and one at a time, before its
 *   outcome is.
 * - However a thread ends (an exception, its memory limit, `process.exit`), its trial has an outcome and
 *   the next trial gets a fresh thread.
 * - When `close` has resolved, no thread of the dispatcher is left.
 * - No thread is terminated while it holds a device (`engines/device-hold.ts` says why).
 *
 * Known limits: threads share one process, so a native crash (a segmentation fault) ends them all; the
 * next run then finds the orphans. A trial that hangs while its thread holds a device is never terminated.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { UserError } from '../errors.js';
import { failureReason } from '../training/failure-reason.js';
import type { CompletedTrial, IncompleteOutcome, TrialMessage, TrialReason, TrialRequest } from '../training/trial.js';
import {
  acknowledgeMessage,
  createTrialControl,
  holdsDevice,
  isStopRaised,
  raiseStop,
  type TrialControl,
  type TrialTask,
} from '../training/trial-channel.js';
import { longestSeconds } from './specification/duration.js';
import { resolveWorker } from './worker-file.js';

export interface DispatcherOptions {
  /** Trials at a time; default: the processors this process may use. */
  readonly workers?: number;
  /** Limit of each thread's JavaScript heap. A trial that exceeds it fails as `out_of_memory`. */
  readonly memoryMegabytes?: number;
  /** Wall time of a trial, the start of its thread and engine included, after which it ends as `timed_out`. */
  readonly timeoutSeconds?: number;
  /** A module whose default export runs one `TrialTask` of the dispatcher's requests; default: the trainer. */
  readonly workerFile?: string;
}

export interface DispatchHooks {
  /** Called for one message at a time: the next waits for the promise. If it rejects, the trial is stopped and `run` rejects. */
  readonly onMessage: (message: TrialMessage) => Promise<void> | void;
  /** Aborted where someone asks for the trial's end: it ends as `cancelled`. */
  readonly kill?: AbortSignal;
}

/** @typeParam Completed how a request ends where nothing comes between */
export interface Dispatcher<Request = TrialRequest, Completed extends CompletedRequest = CompletedTrial> {
  /** How many trials run at a time. */
  readonly workers: number;
  /**
   * Runs one trial to its end. `interrupted` at once after `abort`. A trial beyond its time limit is asked to end, and
   * its thread terminated if it does not.
   * @throws UserError('environment') if no worker thread can start on this machine
   */
  run(request: Request, hooks: DispatchHooks): Promise<Completed | IncompleteOutcome>;
  /**
   * Asks every running trial to end as `interrupted`; threads that have not obeyed after half a second
   * are terminated (nothing is lost: an interrupted trial leaves no result). Idempotent.
   */
  abort(): void;
  /** Terminates what still runs and resolves when every thread is gone. Idempotent. */
  close(): Promise<void>;
}

interface CompletedRequest {
  readonly state: 'completed';
}

/** Long enough for an iteration of a big model, short enough for a person who pressed Ctrl-C twice. */
const graceMilliseconds = 500;

/** Between trials a thread is kept: its compiled kernels and loaded data are worth more than its memory. */
const idleMilliseconds = 10_000;

/** Between two looks at whether a device was let go of. */
const deviceMilliseconds = 5;

/** @throws UserError if an option means nothing or the program has not been built */
export function createDispatcher<Request = TrialRequest, Completed extends CompletedRequest = CompletedTrial>(
  options: DispatcherOptions = {},
): Dispatcher<Request, Completed> {
  const workers = options.workers ?? availableParallelism();
  requirePositiveWhole('workers', workers);
  const { memoryMegabytes, timeoutSeconds } = options;
  if (memoryMegabytes !== undefined) requirePositiveWhole('memory', memoryMegabytes);
  if (timeoutSeconds !== undefined) requireTimeout(timeoutSeconds);
  const filename = options.workerFile ?? resolveWorker('trial');

  const pool = new Piscina({
    minThreads: 0,
    maxThreads: workers,
    concurrentTasksPerWorker: 1,
    idleTimeout: idleMilliseconds,
    recordTiming: false,
    // Waiting for work on the event loop instead of in Atomics.wait lets an engine that releases a
    // device finish that between two trials; the microseconds it costs do not count for a trial.
    atomics: 'disabled',
    ...(memoryMegabytes === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes } }),
  });

  const running = new Set<RunningTrial>();
  let aborted = false;
  let closing: Promise<void> | null = null;
  let grace: NodeJS.Timeout | undefined;

  // Emitted when a thread dies without a trial: an idle one, which harms nobody, or one that could not
  // start. Trials still wait for the latter; once no thread is left none would ever come for them.
  pool.on('error', (cause: unknown) => {
    if (pool.threads.length > 0) return;
    const error = new UserError('environment', `No worker thread can start: ${failureReason(cause).message}`, {
      hint: 'Use fewer workers or allow each of them more memory.',
      cause,
    });
    for (const trial of running) trial.abandon(error);
  });

  /** Resolves when no thread holds a device, and none will any more. */
  const leaveDevices = async (): Promise<void> => {
    for (const { control } of running) raiseStop(control);
    while ([...running].some(({ control }) => holdsDevice(control))) await pause(deviceMilliseconds);
  };

  const close = (): Promise<void> => {
    aborted = true;
    clearTimeout(grace);
    closing ??= leaveDevices().then(() => pool.destroy());
    return closing;
  };

  const run = async (request: Request, { onMessage, kill }: DispatchHooks): Promise<Completed | IncompleteOutcome> => {
    if (aborted) return { state: 'interrupted' };
    const control = createTrialControl();
    const { port1: port, port2 } = new MessageChannel();
    const task: TrialTask<Request> = { request, port: port2, control };
    const inbox = openInbox(port, control, onMessage);
    const trial: RunningTrial = { control, abandon: () => undefined };
    const watch = watchEnd(control, timeoutSeconds, kill);
    const abandoned = new Promise<never>((_, reject) => (trial.abandon = reject));
    running.add(trial);
    try {
      // The filename goes with the task, not with the pool: a module that does not load then fails
      // its trial instead of the thread.
      const outcome = pool.run(task, {
        filename,
        transferList: [port2],
        signal: watch.signal,
      }) as Promise<Completed | IncompleteOutcome>;
      const ended = await Promise.race([outcome, abandoned]);
      while (holdsDevice(control)) await pause(deviceMilliseconds);
      // A trial may just have made it: what completed counts.
      return (ended.state === 'interrupted' ? watch.outcome('obeyed') : null) ?? ended;
    } catch (thrown) {
      if (thrown instanceof UserError) throw thrown;
      if (closing !== null) return { state: 'interrupted' };
      const early = watch.signal.aborted ? watch.outcome('terminated') : null;
      return early ?? { state: 'failed', reason: threadFailure(thrown, memoryMegabytes) };
    } finally {
      running.delete(trial);
      watch.clear();
      await inbox.drain();
    }
  };

  return {
    workers,
    run,
    abort: () => {
      if (aborted) return;
      aborted = true;
      for (const { control } of running) raiseStop(control);
      grace = setTimeout(() => void close(), graceMilliseconds);
    },
    close,
  };
}

interface RunningTrial {
  readonly control: TrialControl;
  /** Makes `run` reject although no thread will ever answer. */
  abandon: (error: UserError) => void;
}

/** Why one trial is to end before its time. */
type EarlyEnd = Pick<Extract<IncompleteOutcome, { readonly reason: TrialReason }>, 'state'> & {
  readonly code: string;
  readonly message: string;
};

/** Watches for what ends one trial early: its time limit, or someone who asks for it. */
interface EndWatch {
  /** Aborted once the thread is to be terminated. */
  readonly signal: AbortSignal;
  /** How the trial ended if it was asked to, else null. */
  outcome(how: 'obeyed' | 'terminated'): IncompleteOutcome | null;
  clear(): void;
}

/**
 * The trial is asked first; its thread is terminated if it does not answer and holds no device.
 * @param seconds undefined: no limit
 */
function watchEnd(control: TrialControl, seconds: number | undefined, kill: AbortSignal | undefined): EndWatch {
  const termination = new AbortController();
  let why: EarlyEnd | null = null;
  let timer: NodeJS.Timeout | undefined;
  const terminate = (): void => {
    if (holdsDevice(control)) timer = setTimeout(terminate, deviceMilliseconds);
    else termination.abort();
  };
  const ask = (end: EarlyEnd): void => {
    // Else the trial has been asked already: what follows is that one's doing.
    if (!isStopRaised(control)) why = end;
    raiseStop(control);
    clearTimeout(timer);
    timer = setTimeout(terminate, graceMilliseconds);
  };
  const killed = (): void => ask({ state: 'cancelled', code: 'killed', message: 'Someone asked for its end.' });
  if (seconds !== undefined) {
    const message = `The trial ran longer than its limit of ${seconds} s.`;
    timer = setTimeout(() => ask({ state: 'timed_out', code: 'timeout', message }), seconds * 1000);
  }
  kill?.addEventListener('abort', killed);
  return {
    signal: termination.signal,
    outcome: (how) => {
      if (why === null) return null;
      const { state, code, message } = why;
      const detail =
        how === 'obeyed' ? 'It ended when it was asked to.' : 'It did not answer: its thread was terminated.';
      return { state, reason: { code, message, detail } };
    },
    clear: () => {
      clearTimeout(timer);
      kill?.removeEventListener('abort', killed);
    },
  };
}

interface Inbox {
  /** Takes what still lies in the port, closes it and resolves when every message has been handled. */
  drain(): Promise<void>;
}

/** Hands the port's messages on one after the other. */
function openInbox(port: MessagePort, control: TrialControl, onMessage: DispatchHooks['onMessage']): Inbox {
  let tail = Promise.resolve();
  const accept = (message: TrialMessage): void => {
    tail = tail.then(() => onMessage(message)).then(() => acknowledgeMessage(control));
    // Once one message has failed none after it is handled or acknowledged; the stop keeps the trial
    // from waiting for that. `drain` is where the error comes out.
    tail.catch(() => raiseStop(control));
  };
  port.on('message', accept);
  return {
    drain: async () => {
      // The outcome comes through another port and may overtake the last messages. All of them were
      // posted before it, so they lie in this port's queue by now.
      for (;;) {
        const waiting = receiveMessageOnPort(port) as { readonly message: TrialMessage } | undefined;
        if (waiting === undefined) break;
        accept(waiting.message);
      }
      port.close();
      await tail;
    },
  };
}

/** The reason of a trial whose thread gave no outcome. */
function threadFailure(thrown: unknown, memoryMegabytes: number | undefined): TrialReason {
  if (!(thrown instanceof Error)) return failureReason(thrown);
  if ('code' in thrown && thrown.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const limit = memoryMegabytes === undefined ? 'the heap of its thread' : `${memoryMegabytes} MB of heap`;
    return {
      code: 'out_of_memory',
      message: `The trial needed more than ${limit}.`,
      detail: 'Allow more memory or make the model, the batch or the data smaller.',
    };
  }
  const exit = /^worker exited with code: (-?\d+)$/.exec(thrown.message)?.[1];
  if (exit !== undefined) {
    return { code: 'worker_exit', message: `The trial's thread exited with code ${exit} before the trial ended.` };
  }
  return failureReason(thrown);
}

function requirePositiveWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new UserError('usage', `${name} must be a whole number of at least 1, but is ${value}.`);
}

function requireTimeout(seconds: number): void {
  if (seconds > 0 && seconds <= longestSeconds) return;
  const message = `A trial's time limit must be more than 0 and at most ${longestSeconds} seconds, but is ${seconds}.`;
  throw new UserError('usage', message);
}

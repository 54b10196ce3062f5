/**
 * Runs trials on worker threads of this machine, one trial a thread at a time.
 *
 * Invariant: no thread is terminated while it holds a device (`engines/device-hold.ts` says why).
 *
 * Known limits: threads share one process, so a native crash (a segmentation fault) ends them all; the
 * next run then finds the orphans (`isolating-dispatcher.ts`). A trial that hangs while its thread holds a device is never terminated.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { UserError } from '../../errors.js';
import { failureReason } from '../../training/failure-reason.js';
import type {
  CompletedTrial,
  IncompleteOutcome,
  TrialMessage,
  TrialReason,
  TrialRequest,
} from '../../training/trial.js';
import {
  acknowledgeMessage,
  createTrialControl,
  holdsDevice,
  isStopRaised,
  raiseDrain,
  raiseStop,
  type TrialControl,
  type TrialTask,
} from '../../training/trial-channel.js';
import { requireOptions, resolveWorker } from './dispatcher-options.js';
import type { CompletedRequest, DispatchHooks, Dispatcher, DispatcherOptions } from './dispatcher.js';
import { graceMilliseconds, heldMilliseconds, watchEnd, type Stoppable } from './end-watch.js';
import { createInbox } from './inbox.js';

/** Between trials a thread is kept: its compiled kernels and loaded data are worth more than its memory. */
const idleMilliseconds = 10_000;

/** @throws UserError if an option means nothing or the program has not been built */
export function createThreadDispatcher<Request = TrialRequest, Completed extends CompletedRequest = CompletedTrial>(
  options: DispatcherOptions = {},
): Dispatcher<Request, Completed> {
  const workers = requireOptions(options);
  const { memoryMegabytes, timeoutSeconds } = options;
  const filename = options.workerFile ?? resolveWorker('#workers/trial');

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

  const memory = memoryMegabytes === undefined ? {} : { memory: { megabytes: memoryMegabytes, ownProcess: false } };
  const running = new Set<RunningTrial>();
  let draining = false;
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
    while ([...running].some(({ control }) => holdsDevice(control))) await pause(heldMilliseconds);
  };

  const close = (): Promise<void> => {
    aborted = true;
    clearTimeout(grace);
    closing ??= leaveDevices().then(() => pool.destroy());
    return closing;
  };

  const run: Dispatcher<Request, Completed>['run'] = async (request, { onMessage, kill }) => {
    if (aborted || draining) return { state: 'interrupted' };
    const control = createTrialControl();
    const { port1: port, port2 } = new MessageChannel();
    const task: TrialTask<Request> = { request, port: port2, control, ...memory };
    const inbox = openInbox(port, control, onMessage);
    const trial: RunningTrial = { control, abandon: () => undefined };
    const watch = watchEnd(stoppable(control), { timeoutSeconds, kill, graceMilliseconds });
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
      while (holdsDevice(control)) await pause(heldMilliseconds);
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
    get workers() {
      return pool.options.maxThreads;
    },
    resize: (count) => {
      requireOptions({ workers: count });
      // The pool looks at its options whenever it might start a thread; surplus ones go when they have been idle.
      Object.assign(pool.options, { maxThreads: count });
    },
    run,
    drain: () => {
      draining = true;
      for (const { control } of running) raiseDrain(control);
    },
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

function stoppable(control: TrialControl): Stoppable {
  return {
    stop: () => raiseStop(control),
    get stopping() {
      return isStopRaised(control);
    },
    get held() {
      return holdsDevice(control);
    },
    worker: 'thread',
  };
}

interface PortInbox {
  /** Takes what still lies in the port, closes it and resolves when every message has been handled. */
  drain(): Promise<void>;
}

/** Hands the port's messages on one after the other. */
function openInbox(port: MessagePort, control: TrialControl, onMessage: DispatchHooks['onMessage']): PortInbox {
  const inbox = createInbox(onMessage, {
    acknowledge: () => acknowledgeMessage(control),
    stop: () => raiseStop(control),
  });
  port.on('message', (message: TrialMessage) => inbox.accept(message));
  return {
    drain: async () => {
      // The outcome comes through another port and may overtake the last messages. All of them were
      // posted before it, so they lie in this port's queue by now.
      for (;;) {
        const waiting = receiveMessageOnPort(port) as { readonly message: TrialMessage } | undefined;
        if (waiting === undefined) break;
        inbox.accept(waiting.message);
      }
      port.close();
      await inbox.handled();
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

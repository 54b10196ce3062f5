/**
 * Runs trials in child processes of this machine, one trial a process at a time.
 *
 * What threads cannot promise: a native crash, an abort or the kernel's out-of-memory killer costs the attempt that it
 * hits, and nothing else. A trial has its process's main thread to itself, for libraries that bear no other.
 *
 * Invariant: no child outlives this process, however that ends: each watches the pipe of its orders.
 *
 * Known limits: a process costs its start (tens of milliseconds) and tens of megabytes; what its trials print is kept
 * only for the reason of a crash.
 */
import PQueue from 'p-queue';
import { UserError } from '../../errors.js';
import type { ProcessWord } from '../../training/process-channel.js';
import type { TrialOutcome, TrialReason, TrialRequest } from '../../training/trial.js';
import { requireOptions, resolveWorker } from './dispatcher-options.js';
import type { DispatchHooks, Dispatcher, DispatcherOptions } from './dispatcher.js';
import { graceMilliseconds, watchEnd, type Stoppable } from './end-watch.js';
import { createInbox } from './inbox.js';
import { startChild, type ChildEnd, type TrialChild } from './trial-child.js';

export interface ProcessOptions extends DispatcherOptions {
  /** Between the request to end and the termination; default: as for threads. */
  readonly graceMilliseconds?: number;
  /** False: every trial gets a process of its own, which takes along whatever the trial has started; default: true. */
  readonly reuse?: boolean;
}

/** Between trials a process is kept: its compiled kernels and loaded data are worth more than its memory. */
const idleMilliseconds = 10_000;

/** @throws UserError if an option means nothing or the program has not been built */
export function createProcessDispatcher(options: ProcessOptions = {}): Dispatcher {
  const workers = requireOptions(options);
  const { memoryMegabytes, timeoutSeconds, graceMilliseconds: grace = graceMilliseconds, reuse = true } = options;
  const script = resolveWorker('#workers/trial-process');
  const workerFile = options.workerFile ?? resolveWorker('#workers/trial');

  const memory = memoryMegabytes === undefined ? {} : { memory: { megabytes: memoryMegabytes, ownProcess: true } };
  const slots = new PQueue({ concurrency: workers });
  const children = new Set<TrialChild>();
  const idle = new Map<TrialChild, NodeJS.Timeout>();
  const running = new Set<Stoppable>();
  const busy = new Set<TrialChild>();
  let draining = false;
  let aborted = false;
  let closing: Promise<void> | null = null;
  let termination: NodeJS.Timeout | undefined;

  const takeChild = (): TrialChild => {
    for (const [child, timer] of idle) {
      clearTimeout(timer);
      idle.delete(child);
      return child;
    }
    const child = startChild({ script, workerFile, memoryMegabytes });
    children.add(child);
    void child.gone.then(() => {
      clearTimeout(idle.get(child));
      idle.delete(child);
      children.delete(child);
    });
    return child;
  };

  const keepChild = (child: TrialChild): void => {
    if (children.has(child)) idle.set(child, setTimeout(() => child.terminate(), idleMilliseconds).unref());
  };

  const close = (): Promise<void> => {
    aborted = true;
    clearTimeout(termination);
    closing ??= Promise.all(
      [...children].map((child) => {
        child.terminate();
        return child.gone;
      }),
    ).then(() => slots.onIdle());
    return closing;
  };

  const run = async (request: TrialRequest, { onMessage, kill }: DispatchHooks): Promise<TrialOutcome> => {
    if (aborted || draining) return { state: 'interrupted' };
    const child = takeChild();
    const trial = stoppable(child);
    const inbox = createInbox(onMessage, {
      acknowledge: () => child.order({ kind: 'acknowledge' }),
      stop: () => trial.stop(),
    });
    const watch = watchEnd(trial, { timeoutSeconds, kill, graceMilliseconds: grace });
    watch.signal.addEventListener('abort', () => child.terminate());
    running.add(trial);
    busy.add(child);
    let leaves = true;
    try {
      const ended = new Promise<EndedWord | ChildEnd>((resolve) => {
        child.listener = (word) => {
          if (word.kind === 'message') inbox.accept(word.message);
          else resolve(word.kind === 'gone' ? word.end : word);
        };
      });
      child.order({ kind: 'run', request, ...memory });
      const end = await ended;
      if ('outcome' in end) {
        leaves = end.leaves === true;
        // A trial may just have made it: what completed counts.
        return (end.outcome.state === 'interrupted' ? watch.outcome('obeyed') : null) ?? end.outcome;
      }
      if (closing !== null) return { state: 'interrupted' };
      const early = watch.signal.aborted ? watch.outcome('terminated') : null;
      if (early !== null) return early;
      if (!end.started) throw startFailure(end);
      return { state: 'failed', reason: childFailure(end, memoryMegabytes) };
    } finally {
      running.delete(trial);
      busy.delete(child);
      watch.clear();
      child.listener = () => undefined;
      await inbox.handled();
      if (!reuse) {
        child.terminate();
        await child.gone;
      } else if (!leaves) keepChild(child);
    }
  };

  return {
    get workers() {
      return slots.concurrency;
    },
    resize: (count) => {
      slots.concurrency = requireOptions({ workers: count });
    },
    run: (request, hooks) => slots.add(() => run(request, hooks)),
    drain: () => {
      draining = true;
      for (const child of busy) child.order({ kind: 'drain' });
    },
    abort: () => {
      if (aborted) return;
      aborted = true;
      for (const trial of running) trial.stop();
      termination = setTimeout(() => void close(), grace);
    },
    close,
  };
}

type EndedWord = Extract<ProcessWord, { readonly kind: 'ended' }>;

function stoppable(child: TrialChild): Stoppable {
  let stopping = false;
  return {
    stop: () => {
      stopping = true;
      child.order({ kind: 'stop' });
    },
    get stopping() {
      return stopping;
    },
    // The system takes back what a process held, devices too.
    held: false,
    worker: 'process',
  };
}

function startFailure({ output }: ChildEnd): UserError {
  const lines = output.trim();
  return new UserError('environment', `No process can start for a trial${lines === '' ? '.' : `: ${lines}`}`, {
    hint: 'Use fewer workers or allow each of them more memory.',
  });
}

/** The reason of a trial whose process gave no outcome. */
function childFailure({ code, signal, output }: ChildEnd, memoryMegabytes: number | undefined): TrialReason {
  // V8 says so itself before it aborts the process.
  if (/heap out of memory/i.test(output)) {
    const limit = memoryMegabytes === undefined ? 'the heap of its process' : `${memoryMegabytes} MB of heap`;
    return {
      code: 'out_of_memory',
      message: `The trial needed more than ${limit}.`,
      detail: 'Allow more memory or make the model, the batch or the data smaller.',
    };
  }
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  const detail =
    signal === 'SIGKILL' ? `${output}\nOn Linux this is what happens when the machine runs out of memory.` : output;
  return {
    code: 'worker_exit',
    message: `The trial's process ${how} before the trial ended.`,
    ...(detail.trim() === '' ? {} : { detail: detail.trim() }),
  };
}

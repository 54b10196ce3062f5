/**
 * Trials that a program on the other end of a pipe runs: it asks for them and tells how they went, a JSON line each.
 *
 *   → {"ask": 2}                                        for that many trials
 *   ← {"v": 1, "trial": 3, "attempt": 1, "parameters": {…}}
 *   → {"tell": 3, "epoch": {"epoch": 1, "loss": 0.4, "nfe": 80}}
 *   → {"tell": 3, "result": {"loss": 0.1, "nfe": 74}}   or {"tell": 3, "failed": "why"}
 *   ← {"v": 1, "trial": 3, "prune": true}               the trial has ended: it need not be told of any more
 *   ← {"v": 1, "error": "…"}                            a line that means nothing; the others count all the same
 *
 * A Dispatcher whose workers are the asks. Invariant: a trial is open from its answer to its result; those that are
 * open when the pipe closes are interrupted, and so queued again.
 *
 * Known limit: as many trials as `workers` count as running, also while nobody has asked for them yet.
 */
import { isRecord, parseTold, toldBy } from '../../programs/told-line.js';
import { createToldTrial, type ToldTrial } from '../../programs/told-trial.js';
import type { TrialOutcome, TrialRequest } from '../../training/trial.js';
import { requireOptions } from './dispatcher-options.js';
import type { DispatchHooks, Dispatcher, DispatcherOptions } from './dispatcher.js';
import { watchEnd } from './end-watch.js';
import { createInbox } from './inbox.js';

export interface DriverOptions extends Pick<DispatcherOptions, 'workers' | 'timeoutSeconds'> {
  /** Takes one line, with its newline. */
  readonly write: (line: string) => void;
}

export interface Driver {
  readonly dispatcher: Dispatcher;
  /** Takes one line of the program's. */
  hear(line: string): void;
}

interface OpenTrial {
  readonly told: ToldTrial;
  readonly end: (outcome: TrialOutcome) => void;
}

const killedUnasked = { code: 'killed', message: 'Someone asked for its end before it was handed out.' };

export function createDriver(options: DriverOptions): Driver {
  let workers = requireOptions(options);
  const open = new Map<number, OpenTrial>();
  /** Trials that wait for someone to ask for them. */
  const offered: (() => void)[] = [];
  let asked = 0;
  let draining = false;
  let closed = false;
  const write = (answer: object): void => options.write(`${JSON.stringify({ v: 1, ...answer })}\n`);

  const handOut = (): void => {
    while (closed || draining || asked > 0) {
      const next = offered.shift();
      if (next === undefined) return;
      asked -= 1;
      next();
    }
  };

  /** An ask that comes later is for another trial. */
  const withdraw = (offer: () => void): void => {
    const place = offered.indexOf(offer);
    if (place < 0) return;
    offered.splice(place, 1);
    offer();
  };

  const run = async (request: TrialRequest, { onMessage, kill }: DispatchHooks): Promise<TrialOutcome> => {
    await new Promise<void>((resolve) => {
      offered.push(resolve);
      kill?.addEventListener('abort', () => withdraw(resolve), { once: true });
      if (kill?.aborted === true) withdraw(resolve);
      handOut();
    });
    if (kill?.aborted === true) return { state: 'cancelled', reason: killedUnasked };
    if (closed || draining) return { state: 'interrupted' };
    const { number, attempt } = request.trial ?? { number: 0, attempt: 1 };
    const stop = { asked: false };
    const ask = (): void => {
      if (stop.asked) return;
      stop.asked = true;
      write({ trial: number, prune: true });
    };
    const trial = {
      stop: ask,
      get stopping() {
        return stop.asked;
      },
      held: false,
      worker: 'driver',
    };
    const inbox = createInbox(onMessage, { acknowledge: () => undefined, stop: ask });
    const told = createToldTrial((message) => inbox.accept(message));
    const watch = watchEnd(trial, { timeoutSeconds: options.timeoutSeconds, kill, graceMilliseconds: 0 });
    try {
      const ended = new Promise<TrialOutcome>((end) => {
        open.set(number, { told, end });
        watch.signal.addEventListener('abort', () => end(watch.outcome('obeyed') ?? { state: 'interrupted' }));
      });
      inbox.accept({ kind: 'environment', environment: told.environment() });
      write({ trial: number, attempt, parameters: request.parameters });
      return await ended;
    } finally {
      open.delete(number);
      watch.clear();
      await inbox.handled();
    }
  };

  const tell = (number: number, line: Readonly<Record<string, unknown>>): string | null => {
    const trial = open.get(number);
    if (trial === undefined) return `Trial ${number} is not open: it has ended, or nobody has asked for it.`;
    if (typeof line.failed === 'string') {
      trial.end({ state: 'failed', reason: { code: 'error', message: line.failed } });
      return null;
    }
    const said = toldBy(isRecord(line.epoch) ? line.epoch : line);
    if (said.kind === 'text' || said.kind === 'malformed')
      return 'A tell has an epoch, a progress, a result or failed.';
    trial.told.hear(said);
    if (said.kind === 'result') trial.end(trial.told.outcome());
    return null;
  };

  const answer = (line: string): string | null => {
    const data = parseTold(line);
    if (!isRecord(data)) return 'A line is a JSON object.';
    if (typeof data.tell === 'number') return tell(data.tell, data);
    if (typeof data.ask !== 'number' || !Number.isSafeInteger(data.ask) || data.ask < 1) {
      return 'A line asks for trials, {"ask": 1}, or tells of one, {"tell": 3, "result": {"loss": 0.1}}.';
    }
    asked += data.ask;
    handOut();
    return null;
  };

  const abort = (): void => {
    closed = true;
    handOut();
    for (const { end } of open.values()) end({ state: 'interrupted' });
  };

  return {
    dispatcher: {
      get workers() {
        return workers;
      },
      resize: (count) => {
        workers = requireOptions({ workers: count });
      },
      run,
      // What was handed out is the driving program's, which tells its end.
      drain: () => {
        draining = true;
        handOut();
      },
      abort,
      close: () => {
        abort();
        return Promise.resolve();
      },
    },
    hear: (line) => {
      if (line.trim() === '') return;
      const error = answer(line);
      if (error !== null) write({ error });
    },
  };
}

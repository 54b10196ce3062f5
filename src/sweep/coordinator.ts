/**
 * Runs a plan to its end: queued cells go to the dispatcher, what they tell goes to the store, what is
 * stored goes to the listener.
 *
 * Invariants:
 * - An event is emitted only after its effect is committed (progress, which is never stored, apart).
 * - A cell that has ended is never run again; a killed run loses nothing that was emitted.
 * - A trial that fails is a result. Only a database, a disk or a machine that fails ends the run.
 * - When `finished` settles, no thread is left, no trial waits and nothing writes any more.
 */
import { Agenda } from './agenda.js';
import type { StopCause, StopMode } from './events.js';
import { Ledger } from './ledger.js';
import { openPlan } from './open-plan.js';
import { FailureTally } from './retry-policy.js';
import type { StoredTrial } from './store.js';
import type { SweepOptions, SweepRun, SweepSummary } from './sweep-run.js';
import { TrialRun, type TrialRunContext } from './trial-run.js';

export type * from './sweep-run.js';

/** Starts at once; events follow from the next microtask on. */
export function startSweep(options: SweepOptions): SweepRun {
  const run = new RunningSweep(options);
  return {
    stop: (mode) => run.stop(mode, null),
    pause: (paused) => run.pause(paused),
    kill: (number) => run.kill(number),
    finished: run.finish(),
  };
}

class RunningSweep {
  readonly #options: SweepOptions;
  readonly #ledger: Ledger;
  readonly #agenda: Agenda;
  readonly #context: TrialRunContext;
  readonly #startedAt = performance.now();
  #phase: 'opening' | 'running' | 'finished' = 'opening';
  #stopped: StopMode | null = null;
  #cause: StopCause | null = null;
  #paused = false;
  /** By number. */
  readonly #running = new Map<number, TrialRun>();
  /** The first thing that ended the run early; boxed, because anything can be thrown. */
  #failure: { readonly error: unknown } | null = null;

  constructor(options: SweepOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options.listen);
    this.#agenda = new Agenda(options.dispatcher.workers, (trial) => this.#runTrial(trial));
    const { limits, cells } = options.plan;
    this.#context = {
      options,
      ledger: this.#ledger,
      failures: new FailureTally(limits.failureBudget, cells.length),
      retries: new Map(),
      isClosing: () => this.#stopped !== null || this.#failure !== null,
      fail: (error) => this.#fail(error),
      giveUp: (cause) => this.stop('drain', cause),
    };
  }

  pause(paused: boolean): void {
    if (this.#phase === 'finished' || this.#paused === paused) return;
    this.#paused = paused;
    // A run that stops starts nothing anyway, and a paused agenda would never end.
    if (!this.#context.isClosing()) this.#agenda.pause(paused);
    if (this.#phase === 'running') this.#ledger.tell({ kind: 'sweep-paused', paused });
  }

  async kill(number: number): Promise<boolean> {
    const running = this.#running.get(number);
    if (running !== undefined) {
      running.cancel();
      return true;
    }
    const trial = this.#phase === 'running' ? this.#agenda.take(number) : null;
    if (trial === null) return false;
    await this.#agenda.hold(() => this.#cancel(trial));
    return true;
  }

  async #cancel(trial: StoredTrial): Promise<void> {
    const { store, origin } = this.#options;
    const reason = { code: 'killed', message: 'Someone asked for its end before it began.' };
    await store.finishAttempt(await store.beginAttempt(trial.id, origin), { state: 'cancelled', reason });
    this.#ledger.move('queued', 'cancelled');
    this.#ledger.tell({ kind: 'trial-ended', trial: trial.id, state: 'cancelled', reason });
  }

  /** @param cause why the run stops by itself; null: someone asks */
  stop(mode: StopMode, cause: StopCause | null): void {
    if (this.#phase === 'finished' || this.#stopped === mode || this.#stopped === 'abort') return;
    this.#stopped = mode;
    this.#cause ??= cause;
    this.#agenda.close();
    if (mode === 'abort') this.#options.dispatcher.abort();
    // Listeners may rely on `sweep-started` being first: until then the stop is announced by `#open`.
    if (this.#phase === 'running') this.#ledger.tell({ kind: 'sweep-stopping', mode, cause });
  }

  async finish(): Promise<SweepSummary> {
    try {
      // Gives the caller the run, and so its `stop`, before the first event.
      await Promise.resolve();
      this.#agenda.add(await this.#open());
      const deadline = this.#startDeadline();
      try {
        await this.#agenda.run();
      } finally {
        clearTimeout(deadline);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#phase = 'finished';
    await this.#options.dispatcher.close();
    if (this.#failure !== null) throw this.#failure.error;
    this.#ledger.tell({ kind: 'sweep-finished', stopped: this.#stopped, cause: this.#cause });
    return {
      counts: this.#ledger.counts,
      ended: this.#ledger.ended,
      stopped: this.#stopped,
      cause: this.#cause,
      seconds: (performance.now() - this.#startedAt) / 1000,
    };
  }

  #startDeadline(): NodeJS.Timeout | undefined {
    const { maxSeconds } = this.#options.plan.limits;
    if (maxSeconds === null) return undefined;
    const cause = { code: 'max_time', message: `the run has taken its max_time of ${maxSeconds} s` } as const;
    return setTimeout(() => this.stop('drain', cause), 1000 * maxSeconds);
  }

  /** @returns the trials that are to run, in the plan's order */
  async #open(): Promise<readonly StoredTrial[]> {
    const opened = await openPlan(this.#options);
    this.#ledger.enter(opened.trials);
    this.#ledger.tell({ kind: 'sweep-started', workers: this.#options.dispatcher.workers, ...opened });
    this.#phase = 'running';
    if (this.#stopped !== null) {
      this.#ledger.tell({ kind: 'sweep-stopping', mode: this.#stopped, cause: this.#cause });
    } else if (this.#paused) this.#ledger.tell({ kind: 'sweep-paused', paused: true });
    return opened.trials.filter(({ state }) => state === 'queued');
  }

  /** Never rejects, so that one trial's error cannot overtake the others' last commits. */
  async #runTrial(trial: StoredTrial): Promise<void> {
    try {
      const run = new TrialRun(trial, this.#context);
      this.#running.set(trial.number, run);
      const waitSeconds = await run.run();
      if (waitSeconds !== null) this.#agenda.addLater({ ...trial, attempts: trial.attempts + 1 }, waitSeconds);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#running.delete(trial.number);
    }
  }

  /** Ends the run early: what runs is stopped, the first error is what `finished` rejects with. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#agenda.close();
    this.#options.dispatcher.abort();
  }
}

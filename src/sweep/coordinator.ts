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
import type { Cell } from './cell.js';
import type { StopCause, StopMode } from './events.js';
import { EarlyStopping } from './early-stopping.js';
import { Ledger } from './ledger.js';
import { openPlan } from './open-plan.js';
import { PlanProgress } from './plan-progress.js';
import { FailureTally } from './retry-policy.js';
import type { StoredTrial, SweepId } from './store.js';
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
  readonly #progress: PlanProgress;
  readonly #earlyStopping: EarlyStopping;
  readonly #context: TrialRunContext;
  readonly #startedAt = performance.now();
  /** Known once the plan is open. */
  #sweep = 0 as SweepId;
  #lastNumber = 0;
  #growing = false;
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
    const { limits } = options.plan;
    this.#progress = new PlanProgress(options.plan);
    this.#earlyStopping = new EarlyStopping(options.plan, this.#progress);
    this.#agenda = new Agenda({
      concurrency: options.dispatcher.workers,
      start: (trial) => this.#runTrial(trial),
      mayStart: (trial) => this.#progress.mayStart(trial),
    });
    this.#context = {
      options,
      ledger: this.#ledger,
      failures: new FailureTally(limits.failureBudget, () => this.#progress.total),
      retries: new Map(),
      isClosing: () => this.#stopped !== null || this.#failure !== null,
      earlyStopping: this.#earlyStopping,
      ended: (trial, state, result) => {
        this.#earlyStopping.end(trial.id);
        this.#progress.end(trial, state, result);
        this.#grow();
      },
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
    this.#context.ended(trial, 'cancelled', null);
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
      await this.#open();
      this.#grow();
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
      unplanned: this.#progress.total - this.#progress.known,
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

  async #open(): Promise<void> {
    const opened = await openPlan(this.#options);
    this.#sweep = opened.sweep.id;
    this.#enter(opened.trials);
    await this.#earlyStopping.load(this.#options.store, opened.trials);
    const { total, known } = this.#progress;
    const { workers } = this.#options.dispatcher;
    this.#ledger.tell({ kind: 'sweep-started', workers, ...opened, ...(total > known ? { total } : {}) });
    this.#phase = 'running';
    if (this.#stopped !== null) {
      this.#ledger.tell({ kind: 'sweep-stopping', mode: this.#stopped, cause: this.#cause });
    } else if (this.#paused) this.#ledger.tell({ kind: 'sweep-paused', paused: true });
  }

  /** Trials of the plan, in its order; those that are queued are to run. */
  #enter(trials: readonly StoredTrial[]): void {
    this.#ledger.enter(trials);
    this.#progress.enter(trials);
    this.#agenda.add(trials.filter(({ state }) => state === 'queued'));
    this.#lastNumber = trials.reduce((last, { number }) => Math.max(last, number), this.#lastNumber);
  }

  /** Adds the cells that an adaptive plan can choose by now. The run does not end before. */
  #grow(): void {
    if (this.#growing) return;
    this.#growing = true;
    const addGenerations = async (): Promise<void> => {
      try {
        while (this.#progress.canGrow && !this.#context.isClosing()) await this.#add(this.#progress.grow());
      } catch (error) {
        this.#fail(error);
      } finally {
        this.#growing = false;
      }
    };
    void this.#agenda.hold(addGenerations);
  }

  async #add(cells: readonly Cell[]): Promise<void> {
    const { store } = this.#options;
    const isNew = cells.length > 0 && (await store.addCells(this.#sweep, cells)) > 0;
    const trials = isNew ? await store.trials(this.#sweep, this.#lastNumber) : [];
    if (isNew) this.#enter(trials);
    else this.#progress.exhaust();
    this.#ledger.tell({ kind: 'trials-added', trials, total: this.#progress.total });
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

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
import { UserError } from '../../errors.js';
import { Agenda } from './agenda.js';
import type { Cell } from '../cell.js';
import type { StopCause, StopMode } from '../events.js';
import { EarlyStopping } from './early-stopping.js';
import { PlanExtension } from './extend-plan.js';
import { Ledger } from './ledger.js';
import { Deadline } from './deadline.js';
import { openPlan } from './open-plan.js';
import { PlanProgress } from './plan-progress.js';
import type { Prioritize } from '../plan/prioritize.js';
import { FailureTally } from './retry-policy.js';
import type { StoredTrial, TrialId } from '../store.js';
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
    setWorkers: (workers) => run.setWorkers(workers),
    setMaxTime: (seconds) => run.setMaxTime(seconds),
    add: (cells) => run.add(cells),
    finished: run.finish(),
  };
}

class RunningSweep {
  readonly #options: SweepOptions;
  readonly #ledger: Ledger;
  readonly #agenda: Agenda;
  readonly #progress: PlanProgress;
  readonly #earlyStopping: EarlyStopping;
  /** Trials to run in a process of their own. */
  readonly #isolated = new Set<TrialId>();
  readonly #context: TrialRunContext;
  readonly #startedAt = performance.now();
  /** Null until the plan is open. */
  #extension: PlanExtension | null = null;
  #workers: number;
  #maxSeconds: number | null;
  readonly #deadline = new Deadline((seconds) => {
    this.stop('drain', { code: 'max_time', message: `the run has taken its max_time of ${seconds} s` });
  });
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
    const { limits, prioritize } = options.plan;
    this.#workers = options.dispatcher.workers;
    this.#maxSeconds = limits.maxSeconds;
    this.#progress = new PlanProgress(options.plan);
    this.#earlyStopping = new EarlyStopping(options.plan, this.#progress);
    this.#agenda = new Agenda({
      concurrency: this.#workers,
      start: (trial) => this.#runTrial(trial),
      mayStart: (trial) => this.#progress.mayStart(trial),
      ...(prioritize === undefined ? {} : { order: (queued) => this.#prioritized(queued, prioritize) }),
    });
    this.#context = {
      options,
      ledger: this.#ledger,
      failures: new FailureTally(limits.failureBudget, () => this.#progress.total),
      retries: new Map(),
      missedObjectives: new Set(),
      isolated: this.#isolated,
      earlyStopping: this.#earlyStopping,
      ended: (trial, state, result) => {
        this.#earlyStopping.end(trial.id);
        this.#progress.end(trial, state, result);
        this.#context.retries.delete(trial.id);
        this.#agenda.reorder();
        this.#extension?.grow();
      },
      fail: (error) => this.#fail(error),
      giveUp: (cause) => this.stop('drain', cause),
    };
  }

  pause(paused: boolean): void {
    if (this.#phase === 'finished' || this.#paused === paused) return;
    this.#paused = paused;
    // A run that stops starts nothing anyway, and a paused agenda would never end.
    if (!this.#closing()) this.#agenda.pause(paused);
    if (this.#phase === 'running') this.#ledger.tell({ kind: 'sweep-paused', paused });
  }

  setWorkers(workers: number): void {
    this.#options.dispatcher.resize(workers);
    this.#agenda.concurrency = workers;
    this.#workers = workers;
    this.#tellChange();
  }

  setMaxTime(seconds: number): void {
    this.#maxSeconds = seconds;
    if (this.#phase === 'running') this.#deadline.set(seconds);
    this.#tellChange();
  }

  #tellChange(): void {
    if (this.#phase !== 'running') return;
    this.#ledger.tell({ kind: 'sweep-changed', workers: this.#workers, maxSeconds: this.#maxSeconds });
  }

  async add(cells: readonly Cell[]): Promise<readonly StoredTrial[]> {
    if (this.#extension === null || this.#phase !== 'running' || this.#closing()) {
      throw new UserError('usage', 'The run takes no further trials: it has not begun yet, or it ends.');
    }
    return this.#extension.add(cells);
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
    else this.#options.dispatcher.drain();
    // Listeners may rely on `sweep-started` being first: until then the stop is announced by `#open`.
    if (this.#phase === 'running') this.#ledger.tell({ kind: 'sweep-stopping', mode, cause });
  }

  async finish(): Promise<SweepSummary> {
    try {
      // Gives the caller the run, and so its `stop`, before the first event.
      await Promise.resolve();
      await this.#open();
      this.#extension?.grow();
      this.#deadline.set(this.#maxSeconds);
      await this.#agenda.run();
    } catch (error) {
      this.#fail(error);
    }
    this.#phase = 'finished';
    this.#deadline.set(null);
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

  async #open(): Promise<void> {
    const { lastNumber, isolated, ...opened } = await openPlan(this.#options);
    for (const id of isolated) this.#isolated.add(id);
    const parts = {
      ...this.#context,
      store: this.#options.store,
      progress: this.#progress,
      agenda: this.#agenda,
      isClosing: () => this.#closing(),
    };
    this.#extension = new PlanExtension(parts, opened.sweep.id, lastNumber);
    this.#extension.enter(opened.trials);
    await this.#earlyStopping.load(this.#options.store, opened.trials);
    const { total, known } = this.#progress;
    this.#ledger.tell({
      kind: 'sweep-started',
      workers: this.#workers,
      ...opened,
      ...(total > known ? { total } : {}),
    });
    this.#phase = 'running';
    if (this.#stopped !== null) {
      this.#ledger.tell({ kind: 'sweep-stopping', mode: this.#stopped, cause: this.#cause });
    } else if (this.#paused) this.#ledger.tell({ kind: 'sweep-paused', paused: true });
  }

  /** An order that cannot be made ends the run: it is nobody's trial that failed. */
  #prioritized(queued: readonly StoredTrial[], prioritize: Prioritize): readonly StoredTrial[] {
    try {
      const ordered = prioritize(queued, this.#progress.takeFinished());
      if (new Set(ordered).size === queued.length && ordered.length === queued.length) return ordered;
      throw new Error('An order must hold each of the trials that it was given once.');
    } catch (error) {
      this.#fail(error);
      return queued;
    }
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

  /** True once no further trial may start. */
  #closing(): boolean {
    return this.#stopped !== null || this.#failure !== null;
  }

  /** Ends the run early: what runs is stopped, the first error is what `finished` rejects with. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#agenda.close();
    this.#options.dispatcher.abort();
  }
}

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
import { setTimeout as wait } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { TrainedModel, TrialMessage, TrialOutcome } from '../training/trial.js';
import type { Cell } from './cell.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import type { StopCause, StopMode, SweepEvent, SweepListener } from './events.js';
import type { SaveModel } from './model-file.js';
import { FailureTally, nextRetry } from './retry-policy.js';
import type { SweepLimits } from './specification/limits.js';
import type {
  AttemptId,
  AttemptOrigin,
  Store,
  StoredTrial,
  SweepDeclaration,
  TrialId,
  UnsuccessfulEnd,
} from './store.js';
import { trialStates, type RetriableState, type TrialState } from './trial-state.js';
import { varyingParameters } from './varying-parameters.js';

export interface SweepPlan {
  readonly declaration: SweepDeclaration;
  /** In the order in which they run; every hash once. */
  readonly cells: readonly Cell[];
  /** What workers load for a task that is not built in: the absolute path of its module. No part of a cell's identity. */
  readonly taskModule?: string;
  readonly limits: Pick<SweepLimits, 'retryPolicy' | 'failureBudget' | 'maxSeconds'>;
}

export interface SweepOptions {
  readonly plan: SweepPlan;
  /** Stays open: who opened it closes it, after `finished`. */
  readonly store: Store;
  /** Belongs to the run from here on, which closes it. */
  readonly dispatcher: Dispatcher;
  readonly origin: AttemptOrigin;
  /** What it throws is reported as a warning of the process, once, and changes nothing. */
  readonly listen: SweepListener;
  /** Default: trained parameters are not kept. */
  readonly saveModel?: SaveModel;
  /** Trials of the plan that ended in one of these states run again; default: none. */
  readonly retry?: readonly RetriableState[];
}

export interface SweepRun {
  /**
   * `drain` lets running trials finish, `abort` sends them back to the queue. Idempotent; an abort may
   * follow a drain, not the other way round.
   */
  readonly stop: (mode: StopMode) => void;
  /** Starts no further trial until told otherwise; running ones go on. */
  readonly pause: (paused: boolean) => void;
  /**
   * Ends a trial as `cancelled`, wherever it stands.
   * @param number of the trial within the sweep
   * @returns false if it is not of the plan or has ended
   */
  readonly kill: (number: number) => Promise<boolean>;
  /**
   * Settles after the last thread has gone.
   * @throws UserError('database') if results could not be stored: trials that were running are queued
   *   again by the next run. UserError of `Store.openSweep`, or if no worker thread can start.
   */
  readonly finished: Promise<SweepSummary>;
}

export interface SweepSummary {
  /** Of all cells of the plan, by the state that is stored now. */
  readonly counts: Readonly<Record<TrialState, number>>;
  /** Trials that ended in this run; the others had ended before or are still queued. */
  readonly ended: number;
  readonly stopped: StopMode | null;
  /** Why the run stopped by itself; null: it did not. */
  readonly cause: StopCause | null;
  /** Wall time of the run. */
  readonly seconds: number;
}

/** Starts at once; events follow from the next microtask on. */
export function startSweep(options: SweepOptions): SweepRun {
  const run = new RunningSweep(options);
  return {
    stop: (mode) => run.stop(mode),
    pause: (paused) => run.pause(paused),
    kill: (number) => run.kill(number),
    finished: run.finish(),
  };
}

class RunningSweep {
  readonly #options: SweepOptions;
  readonly #startedAt = performance.now();
  readonly #counts = Object.fromEntries(trialStates.map((state) => [state, 0])) as Record<TrialState, number>;
  #ended = 0;
  #phase: 'opening' | 'running' | 'finished' = 'opening';
  #stopped: StopMode | null = null;
  #cause: StopCause | null = null;
  readonly #failures: FailureTally;
  /** Null before the first trial is queued. */
  #queue: PQueue | null = null;
  #paused = false;
  /** Queued trials by their number. */
  readonly #queued = new Map<number, StoredTrial>();
  /** How to end the running ones, by number. */
  readonly #running = new Map<number, AbortController>();
  /** Attempts made again in this run, by trial. */
  readonly #retries = new Map<TrialId, number>();
  /** Trials that wait for their next attempt. */
  readonly #waiting = new Set<Promise<void>>();
  /** Wakes them. */
  readonly #awake = new AbortController();
  /** The first thing that ended the run early; boxed, because anything can be thrown. */
  #failure: { readonly error: unknown } | null = null;
  #listenerWarned = false;

  constructor(options: SweepOptions) {
    this.#options = options;
    const { limits, cells } = options.plan;
    this.#failures = new FailureTally(limits.failureBudget, cells.length);
  }

  stop(mode: StopMode): void {
    this.#stop(mode, null);
  }

  pause(paused: boolean): void {
    if (this.#phase === 'finished' || this.#paused === paused) return;
    this.#paused = paused;
    if (paused) this.#queue?.pause();
    else this.#queue?.start();
    if (this.#phase === 'running') this.#emit({ kind: 'sweep-paused', paused });
  }

  async kill(number: number): Promise<boolean> {
    const running = this.#running.get(number);
    if (running !== undefined) {
      running.abort();
      return true;
    }
    const trial = this.#queued.get(number);
    if (trial === undefined || this.#phase !== 'running') return false;
    this.#queued.delete(number);
    const { store, origin } = this.#options;
    const reason = { code: 'killed', message: 'Someone asked for its end before it began.' };
    await store.finishAttempt(await store.beginAttempt(trial.id, origin), { state: 'cancelled', reason });
    this.#count('queued', 'cancelled');
    this.#emit({ kind: 'trial-ended', trial: trial.id, state: 'cancelled', reason });
    return true;
  }

  #stop(mode: StopMode, cause: StopCause | null): void {
    if (this.#phase === 'finished' || this.#stopped === mode || this.#stopped === 'abort') return;
    this.#stopped = mode;
    this.#cause ??= cause;
    this.#awake.abort();
    // A paused queue would wait for ever; its trials see that the run is closing.
    this.#queue?.start();
    if (mode === 'abort') this.#options.dispatcher.abort();
    // Listeners may rely on `sweep-started` being first: until then the stop is announced by `finish`.
    if (this.#phase === 'running') this.#emit({ kind: 'sweep-stopping', mode, cause });
  }

  async finish(): Promise<SweepSummary> {
    try {
      // Gives the caller the run, and so its `stop`, before the first event.
      await Promise.resolve();
      const queued = await this.#open();
      const deadline = this.#startDeadline();
      try {
        await this.#runQueued(queued);
      } finally {
        clearTimeout(deadline);
      }
    } catch (error) {
      this.#fail(error);
    }
    await this.#options.dispatcher.close();
    this.#phase = 'finished';
    if (this.#failure !== null) throw this.#failure.error;
    this.#emit({ kind: 'sweep-finished', stopped: this.#stopped, cause: this.#cause });
    return {
      counts: this.#counts,
      ended: this.#ended,
      stopped: this.#stopped,
      cause: this.#cause,
      seconds: (performance.now() - this.#startedAt) / 1000,
    };
  }

  #startDeadline(): NodeJS.Timeout | undefined {
    const { maxSeconds } = this.#options.plan.limits;
    if (maxSeconds === null) return undefined;
    const cause = { code: 'max_time', message: `the run has taken its max_time of ${maxSeconds} s` } as const;
    return setTimeout(() => this.#stop('drain', cause), 1000 * maxSeconds);
  }

  /** Brings the plan into the database. @returns the trials that are to run, in the plan's order */
  async #open(): Promise<readonly StoredTrial[]> {
    const { plan, store, dispatcher } = this.#options;
    const opened = await store.openSweep(plan.declaration);
    await store.addCells(opened.id, plan.cells);
    const requeued = await store.requeueOrphans(opened.id);
    const before = await store.trials(opened.id);
    const retried = await this.#retryEnded(before);
    const all = retried.length === 0 ? before : await store.trials(opened.id);
    const axes = varyingParameters(
      all.map(({ cell }) => cell),
      opened.axes,
    );
    if (axes.length > opened.axes.length) await store.recordAxes(opened.id, axes);
    const sweep = { ...opened, axes };
    const byHash = new Map(all.map((trial) => [trial.cell.hash, trial]));
    const trials = plan.cells.map(({ hash }) => {
      const trial = byHash.get(hash);
      if (trial === undefined) throw new Error(`Cell ${hash} was added to sweep ${sweep.id}, but is not there.`);
      return trial;
    });
    for (const { state } of trials) this.#counts[state] += 1;
    const outsidePlan = all.length - trials.length;
    this.#emit({ kind: 'sweep-started', sweep, trials, workers: dispatcher.workers, requeued, retried, outsidePlan });
    this.#phase = 'running';
    if (this.#stopped !== null) this.#emit({ kind: 'sweep-stopping', mode: this.#stopped, cause: this.#cause });
    return trials.filter(({ state }) => state === 'queued');
  }

  /** Trials of the plan in the states that are to run again. @returns those that now are queued */
  #retryEnded(stored: readonly StoredTrial[]): Promise<readonly TrialId[]> {
    const { plan, store, retry = [] } = this.#options;
    if (retry.length === 0) return Promise.resolve([]);
    const planned = new Set(plan.cells.map(({ hash }) => hash));
    return store.retryTrials(
      stored.filter(({ cell }) => planned.has(cell.hash)).map(({ id }) => id),
      retry,
    );
  }

  async #runQueued(trials: readonly StoredTrial[]): Promise<void> {
    const queue = new PQueue({ concurrency: this.#options.dispatcher.workers });
    this.#queue = queue;
    for (const trial of trials) this.#queued.set(trial.number, trial);
    if (this.#paused && !this.#closing()) {
      queue.pause();
      this.#emit({ kind: 'sweep-paused', paused: true });
    }
    for (const trial of trials) {
      // One waiting task keeps every worker busy; a closure for each of 100,000 trials would not help.
      await queue.onSizeLessThan(1);
      if (this.#closing()) break;
      void queue.add(() => this.#runGuarded(trial, queue));
    }
    await queue.onIdle();
    while (this.#waiting.size > 0) {
      await Promise.race(this.#waiting);
      await queue.onIdle();
    }
  }

  /** Never rejects, so that one trial's error cannot overtake the others' last commits. */
  async #runGuarded(trial: StoredTrial, queue: PQueue): Promise<void> {
    try {
      if (this.#closing() || !this.#queued.delete(trial.number)) return;
      const waitSeconds = await this.#runTrial(trial);
      if (waitSeconds !== null) this.#enqueueLater(trial, waitSeconds, queue);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The worker does not wait: other trials run meanwhile. */
  #enqueueLater(trial: StoredTrial, waitSeconds: number, queue: PQueue): void {
    const again = { ...trial, attempts: trial.attempts + 1 };
    this.#queued.set(trial.number, again);
    const awaited = wait(1000 * waitSeconds, null, { signal: this.#awake.signal }).then(
      () => void queue.add(() => this.#runGuarded(again, queue)),
      // The run stops: the trial stays queued.
      () => undefined,
    );
    const waiting = awaited.finally(() => this.#waiting.delete(waiting));
    this.#waiting.add(waiting);
  }

  /** @returns seconds until the trial is to run again; null: it has ended or the run stops */
  async #runTrial(trial: StoredTrial): Promise<number | null> {
    const { plan, store, dispatcher, origin } = this.#options;
    const attempt = await store.beginAttempt(trial.id, origin);
    this.#count('queued', 'running');
    this.#emit({ kind: 'trial-started', trial: trial.id, attempt: trial.attempts + 1 });
    const request = {
      task: plan.taskModule ?? plan.declaration.task,
      parameters: trial.cell.parameters,
      sweepSeed: plan.declaration.seed,
      trial: { number: trial.number, attempt: trial.attempts + 1 },
    };
    const onMessage = async (message: TrialMessage): Promise<void> => {
      try {
        await this.#record(trial, attempt, message);
      } catch (error) {
        // Now, not when the trial has ended: it may be long or not listen to its stop flag.
        this.#fail(error);
        throw error;
      }
    };
    const kill = new AbortController();
    this.#running.set(trial.number, kill);
    try {
      return await this.#conclude(trial, attempt, await dispatcher.run(request, { onMessage, kill: kill.signal }));
    } catch (error) {
      // Not the trial's fault: no thread for it, a disk that is full. If the database still takes it,
      // the trial goes back to the queue now; otherwise the next run finds it as an orphan.
      this.#fail(error);
      await this.#requeue(trial, attempt);
      return null;
    } finally {
      this.#running.delete(trial.number);
    }
  }

  async #record(trial: StoredTrial, attempt: AttemptId, message: TrialMessage): Promise<void> {
    const { store } = this.#options;
    switch (message.kind) {
      case 'environment':
        await store.recordEnvironment(attempt, message.environment);
        this.#emit({ kind: 'trial-environment', trial: trial.id, environment: message.environment });
        return;
      case 'epoch':
        await store.recordEpoch(attempt, message.metrics);
        this.#emit({ kind: 'epoch-recorded', trial: trial.id, metrics: message.metrics });
        return;
      case 'progress':
        this.#emit({ kind: 'trial-progress', trial: trial.id, progress: message.progress });
        return;
      default:
        message satisfies never;
    }
  }

  /** @returns as `#runTrial` */
  async #conclude(trial: StoredTrial, attempt: AttemptId, outcome: TrialOutcome): Promise<number | null> {
    const { store } = this.#options;
    switch (outcome.state) {
      case 'interrupted':
        await this.#requeue(trial, attempt);
        return null;
      case 'completed': {
        const { state, result } = outcome;
        const modelFile = await this.#keepModel(trial, outcome.model);
        await store.finishAttempt(attempt, { state, result, modelFile });
        this.#count('running', state);
        this.#failures.completed();
        this.#emit({ kind: 'trial-completed', trial: trial.id, result });
        return null;
      }
      case 'diverged':
      case 'failed':
      case 'timed_out':
      case 'cancelled':
        return this.#concludeUnsuccessful(trial, attempt, outcome);
      default:
        return outcome satisfies never;
    }
  }

  /** @returns as `#runTrial` */
  async #concludeUnsuccessful(trial: StoredTrial, attempt: AttemptId, end: UnsuccessfulEnd): Promise<number | null> {
    const { store, plan } = this.#options;
    const { state, reason } = end;
    const retries = this.#retries.get(trial.id) ?? 0;
    const waitSeconds = this.#closing() ? null : nextRetry(plan.limits.retryPolicy, reason, retries);
    if (waitSeconds !== null) {
      this.#retries.set(trial.id, retries + 1);
      await store.retryAttempt(attempt, { state, reason });
      this.#count('running', 'queued');
      this.#emit({ kind: 'trial-retried', trial: trial.id, state, reason, waitSeconds });
      return waitSeconds;
    }
    await store.finishAttempt(attempt, { state, reason });
    this.#count('running', state);
    this.#emit({ kind: 'trial-ended', trial: trial.id, state, reason });
    if (state === 'cancelled') return null;
    this.#failures.failed(reason);
    const verdict = this.#failures.verdict();
    if (verdict !== null) this.#stop('drain', { code: 'failures', message: verdict });
    return null;
  }

  async #requeue(trial: StoredTrial, attempt: AttemptId): Promise<void> {
    await this.#options.store.interruptAttempt(attempt);
    this.#count('running', 'queued');
    this.#emit({ kind: 'trial-requeued', trial: trial.id });
  }

  /**
   * A model that cannot be written ends the run, as a commit that fails does: the file lies beside the
   * database, on the same disk, and is part of what `completed` promises. To call the trial failed
   * would blame, for good, a cell that trained well; to complete it without its model would surface
   * only when the model is needed. The trial goes back to the queue.
   */
  async #keepModel(trial: StoredTrial, model: TrainedModel | null): Promise<string | null> {
    if (model === null) return null;
    return (await this.#options.saveModel?.(trial, model)) ?? null;
  }

  /** True once no further trial may start. */
  #closing(): boolean {
    return this.#stopped !== null || this.#failure !== null;
  }

  /** Ends the run early: what runs is stopped, the first error is what `finished` rejects with. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#awake.abort();
    this.#options.dispatcher.abort();
  }

  #count(from: TrialState, to: TrialState): void {
    this.#counts[from] -= 1;
    this.#counts[to] += 1;
    if (to !== 'queued' && to !== 'running') this.#ended += 1;
  }

  #emit(event: SweepEvent): void {
    try {
      this.#options.listen(event);
    } catch (error) {
      if (this.#listenerWarned) return;
      this.#listenerWarned = true;
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}

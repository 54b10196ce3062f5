/**
 * Runs a plan to its end: queued cells go to the dispatcher, what they tell goes to the store, what is
 * stored goes to the listener.
 *
 * Invariants:
 * - An event is emitted only after its effect is committed (progress, which is never stored, apart).
 * - A cell that has ended is never run again; a killed run loses nothing that was emitted.
 * - A trial that fails is a result. Only a database, a disk or a machine that fails ends the run.
 * - When `finished` settles, no thread is left and nothing writes any more.
 */
import PQueue from 'p-queue';
import type { TrainedModel, TrialMessage, TrialOutcome } from '../training/trial.js';
import type { Cell } from './cell.js';
import type { Dispatcher } from './dispatcher.js';
import type { StopMode, SweepEvent, SweepListener } from './events.js';
import type { SaveModel } from './model-file.js';
import type { AttemptId, AttemptOrigin, Store, StoredTrial, SweepDeclaration } from './store.js';
import { trialStates, type TrialState } from './trial-state.js';
import { varyingParameters } from './varying-parameters.js';

export interface SweepPlan {
  readonly declaration: SweepDeclaration;
  /** In the order in which they run; every hash once. */
  readonly cells: readonly Cell[];
  /** What workers load for a task that is not built in: the absolute path of its module. No part of a cell's identity. */
  readonly taskModule?: string;
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
}

export interface SweepRun {
  /**
   * `drain` lets running trials finish, `abort` sends them back to the queue. Idempotent; an abort may
   * follow a drain, not the other way round.
   */
  readonly stop: (mode: StopMode) => void;
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
  /** Wall time of the run. */
  readonly seconds: number;
}

/** Starts at once; events follow from the next microtask on. */
export function startSweep(options: SweepOptions): SweepRun {
  const run = new RunningSweep(options);
  return { stop: (mode) => run.stop(mode), finished: run.finish() };
}

class RunningSweep {
  readonly #options: SweepOptions;
  readonly #startedAt = performance.now();
  readonly #counts = Object.fromEntries(trialStates.map((state) => [state, 0])) as Record<TrialState, number>;
  #ended = 0;
  #phase: 'opening' | 'running' | 'finished' = 'opening';
  #stopped: StopMode | null = null;
  /** The first thing that ended the run early; boxed, because anything can be thrown. */
  #failure: { readonly error: unknown } | null = null;
  #listenerWarned = false;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  stop(mode: StopMode): void {
    if (this.#phase === 'finished' || this.#stopped === mode || this.#stopped === 'abort') return;
    this.#stopped = mode;
    if (mode === 'abort') this.#options.dispatcher.abort();
    // Listeners may rely on `sweep-started` being first: until then the stop is announced by `finish`.
    if (this.#phase === 'running') this.#emit({ kind: 'sweep-stopping', mode });
  }

  async finish(): Promise<SweepSummary> {
    try {
      // Gives the caller the run, and so its `stop`, before the first event.
      await Promise.resolve();
      await this.#runQueued(await this.#open());
    } catch (error) {
      this.#fail(error);
    }
    await this.#options.dispatcher.close();
    this.#phase = 'finished';
    if (this.#failure !== null) throw this.#failure.error;
    this.#emit({ kind: 'sweep-finished', stopped: this.#stopped });
    return {
      counts: this.#counts,
      ended: this.#ended,
      stopped: this.#stopped,
      seconds: (performance.now() - this.#startedAt) / 1000,
    };
  }

  /** Brings the plan into the database. @returns the trials that are to run, in the plan's order */
  async #open(): Promise<readonly StoredTrial[]> {
    const { plan, store, dispatcher } = this.#options;
    const opened = await store.openSweep(plan.declaration);
    await store.addCells(opened.id, plan.cells);
    const requeued = await store.requeueOrphans(opened.id);
    const all = await store.trials(opened.id);
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
    this.#emit({ kind: 'sweep-started', sweep, trials, workers: dispatcher.workers, requeued, outsidePlan });
    this.#phase = 'running';
    if (this.#stopped !== null) this.#emit({ kind: 'sweep-stopping', mode: this.#stopped });
    return trials.filter(({ state }) => state === 'queued');
  }

  async #runQueued(trials: readonly StoredTrial[]): Promise<void> {
    const queue = new PQueue({ concurrency: this.#options.dispatcher.workers });
    for (const trial of trials) {
      // One waiting task keeps every worker busy; a closure for each of 100,000 trials would not help.
      await queue.onSizeLessThan(1);
      if (this.#closing()) break;
      void queue.add(() => this.#runGuarded(trial));
    }
    await queue.onIdle();
  }

  /** Never rejects, so that one trial's error cannot overtake the others' last commits. */
  async #runGuarded(trial: StoredTrial): Promise<void> {
    try {
      if (!this.#closing()) await this.#runTrial(trial);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #runTrial(trial: StoredTrial): Promise<void> {
    const { plan, store, dispatcher, origin } = this.#options;
    const attempt = await store.beginAttempt(trial.id, origin);
    this.#count('queued', 'running');
    this.#emit({ kind: 'trial-started', trial: trial.id, attempt: trial.attempts + 1 });
    const request = {
      task: plan.taskModule ?? plan.declaration.task,
      parameters: trial.cell.parameters,
      sweepSeed: plan.declaration.seed,
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
    try {
      await this.#conclude(trial, attempt, await dispatcher.run(request, { onMessage }));
    } catch (error) {
      // Not the trial's fault: no thread for it, a disk that is full. If the database still takes it,
      // the trial goes back to the queue now; otherwise the next run finds it as an orphan.
      this.#fail(error);
      await this.#requeue(trial, attempt);
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

  async #conclude(trial: StoredTrial, attempt: AttemptId, outcome: TrialOutcome): Promise<void> {
    const { store } = this.#options;
    switch (outcome.state) {
      case 'interrupted':
        return this.#requeue(trial, attempt);
      case 'completed': {
        const { state, result } = outcome;
        const modelFile = await this.#keepModel(trial, outcome.model);
        await store.finishAttempt(attempt, { state, result, modelFile });
        this.#count('running', state);
        this.#emit({ kind: 'trial-completed', trial: trial.id, result });
        return;
      }
      case 'diverged':
      case 'failed': {
        const { state, reason } = outcome;
        await store.finishAttempt(attempt, { state, reason });
        this.#count('running', state);
        this.#emit({ kind: 'trial-ended', trial: trial.id, state, reason });
        return;
      }
      default:
        outcome satisfies never;
    }
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
  async #keepModel(trial: StoredTrial, model: TrainedModel): Promise<string | null> {
    return (await this.#options.saveModel?.(trial, model)) ?? null;
  }

  /** True once no further trial may start. */
  #closing(): boolean {
    return this.#stopped !== null || this.#failure !== null;
  }

  /** Ends the run early: what runs is stopped, the first error is what `finished` rejects with. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
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

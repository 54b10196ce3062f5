/**
 * One attempt of one trial: begun, its messages stored, its outcome concluded.
 *
 * Invariant: whatever happens, the attempt ends with its trial – stored as ended or queued again – unless the database
 * itself fails; then the next run finds the trial as an orphan.
 */
import type { StopCause } from '../events.js';
import type { EarlyStopping } from './early-stopping.js';
import type { Ledger } from './ledger.js';
import { nextRetry, type FailureTally } from './retry-policy.js';
import { objectiveValue } from '../monitor/monitor-objectives.js';
import type { AttemptId, StoredTrial, TrialId, UnsuccessfulEnd } from '../store.js';
import type { SweepOptions } from './sweep-run.js';
import type { TerminalTrialState } from '../trial-state.js';
import type { EpochMetrics, TrainedModel, TrialMessage, TrialOutcome, TrialResult } from '../../training/trial.js';

/** What the attempts of one run of a sweep share. */
export interface TrialRunContext {
  readonly options: SweepOptions;
  readonly ledger: Ledger;
  readonly failures: FailureTally;
  /** Attempts made again in this run, by trial. */
  readonly retries: Map<TrialId, number>;
  /** Objectives that a completed trial lacked, as was said in this run. */
  readonly missedObjectives: Set<string>;
  /** To run in a process of their own. */
  readonly isolated: ReadonlySet<TrialId>;
  readonly earlyStopping: EarlyStopping;
  /** The trial's end is stored. */
  readonly ended: (trial: StoredTrial, state: TerminalTrialState, result: TrialResult | null) => void;
  /** Ends the run: what failed is not the trial's fault. */
  readonly fail: (error: unknown) => void;
  /** Enough trials have failed. */
  readonly giveUp: (cause: StopCause) => void;
}

const isolationNote =
  'runs in a process of its own: it was running when the last runs died (executor: process does so for every trial)';

export class TrialRun {
  readonly #trial: StoredTrial;
  readonly #context: TrialRunContext;
  readonly #kill = new AbortController();
  /** Once early stopping has ended the trial nothing of it counts any more, whatever its thread still does. */
  #pruned: UnsuccessfulEnd | null = null;
  #spared = false;

  constructor(trial: StoredTrial, context: TrialRunContext) {
    this.#trial = trial;
    this.#context = context;
  }

  /** Someone asks for the trial's end: it ends as `cancelled`. */
  cancel(): void {
    this.#kill.abort();
  }

  /**
   * Runs the attempt to its end; once.
   * @returns seconds until the trial is to run again; null: it has ended or the run stops
   */
  async run(): Promise<number | null> {
    const { options, ledger, isolated, fail } = this.#context;
    const { plan, store, dispatcher, origin, checkpoints } = options;
    const { id, number, attempts, cell } = this.#trial;
    const attempt = await store.beginAttempt(id, origin, plan.limits);
    ledger.move('queued', 'running');
    ledger.tell({ kind: 'trial-started', trial: id, attempt: attempts + 1 });
    if (isolated.has(id)) ledger.tell({ kind: 'trial-noted', trial: id, message: isolationNote });
    const request = {
      task: plan.taskModule ?? plan.declaration.task,
      parameters: cell.parameters,
      sweepSeed: plan.declaration.seed,
      ...(checkpoints === undefined ? {} : { checkpoint: checkpoints.request(this.#trial) }),
      trial: { number, attempt: attempts + 1 },
    };
    const onMessage = async (message: TrialMessage): Promise<void> => {
      try {
        await this.#record(attempt, message);
      } catch (error) {
        // Now, not when the trial has ended: it may be long or not listen to its stop flag.
        fail(error);
        throw error;
      }
    };
    try {
      const hooks = { onMessage, kill: this.#kill.signal, isolated: isolated.has(id) };
      const outcome = await dispatcher.run(request, hooks);
      return await (this.#pruned === null
        ? this.#conclude(attempt, outcome)
        : this.#concludeUnsuccessful(attempt, this.#pruned));
    } catch (error) {
      // Not the trial's fault: no thread for it, a disk that is full. If the database still takes it,
      // the trial goes back to the queue now; otherwise the next run finds it as an orphan.
      fail(error);
      await this.#requeue(attempt);
      return null;
    }
  }

  async #record(attempt: AttemptId, message: TrialMessage): Promise<void> {
    if (this.#pruned !== null) return;
    const { options, ledger } = this.#context;
    const trial = this.#trial.id;
    switch (message.kind) {
      case 'environment':
        await options.store.recordEnvironment(attempt, message.environment);
        ledger.tell({ kind: 'trial-environment', trial, environment: message.environment });
        return;
      case 'epoch':
        await options.store.recordEpoch(attempt, message.metrics);
        ledger.tell({ kind: 'epoch-recorded', trial, metrics: message.metrics });
        await this.#judge(message.metrics);
        return;
      case 'resumed':
        await options.store.recordResumed(attempt, message.epoch);
        ledger.tell({ kind: 'trial-resumed', trial, epoch: message.epoch });
        return;
      case 'note':
        ledger.tell({ kind: 'trial-noted', trial, message: message.message });
        return;
      case 'progress':
        ledger.tell({ kind: 'trial-progress', trial, progress: message.progress });
        return;
      default:
        message satisfies never;
    }
  }

  async #judge(metrics: EpochMetrics): Promise<void> {
    const { options, earlyStopping } = this.#context;
    const verdict = earlyStopping.judge(this.#trial.id, metrics);
    const { epoch } = metrics;
    // After its last epoch there is nothing to save, and a result to lose.
    if (verdict === null || this.#spared || epoch === this.#trial.cell.parameters.epochs) return;
    if (earlyStopping.isSpared(this.#trial)) {
      this.#spared = true;
      await options.store.recordSpared(this.#trial.id, epoch);
      return;
    }
    const { code, message } = verdict;
    this.#pruned = { state: 'pruned', reason: { code, message, epoch } };
    this.#kill.abort();
  }

  /** @returns as `run` */
  async #conclude(attempt: AttemptId, outcome: TrialOutcome): Promise<number | null> {
    const { options, ledger, failures, ended } = this.#context;
    switch (outcome.state) {
      case 'interrupted':
        await this.#requeue(attempt);
        return null;
      case 'completed': {
        const { state, result } = outcome;
        const modelFile = await this.#keepModel(outcome.model);
        await options.store.finishAttempt(attempt, { state, result, modelFile });
        await options.checkpoints?.ended(this.#trial, state);
        ledger.move('running', state);
        failures.completed();
        this.#noteMissed(result);
        ledger.tell({ kind: 'trial-completed', trial: this.#trial.id, result });
        ended(this.#trial, state, result);
        return null;
      }
      case 'diverged':
      case 'failed':
      case 'timed_out':
      case 'cancelled':
        return this.#concludeUnsuccessful(attempt, outcome);
      default:
        return outcome satisfies never;
    }
  }

  /** What other programs tell need not be what is compared: said once, or a search would learn nothing all night. */
  #noteMissed(result: TrialResult): void {
    const { options, ledger, missedObjectives } = this.#context;
    const missed = options.plan.declaration.objectives
      .map(({ name }) => name)
      .filter((name) => !missedObjectives.has(name) && objectiveValue(result, name) === null);
    if (missed.length === 0) return;
    for (const name of missed) missedObjectives.add(name);
    const message = `completed without ${missed.join(' and ')}: what lacks an objective is on no frontier, and teaches a search nothing`;
    ledger.tell({ kind: 'trial-noted', trial: this.#trial.id, message });
  }

  /** @returns as `run` */
  async #concludeUnsuccessful(attempt: AttemptId, { state, reason }: UnsuccessfulEnd): Promise<number | null> {
    const { options, ledger, failures, retries, giveUp, ended, earlyStopping } = this.#context;
    const { store, plan } = options;
    const { id } = this.#trial;
    const before = retries.get(id) ?? 0;
    const waitSeconds = nextRetry(plan.limits.retryPolicy, reason, before);
    if (waitSeconds !== null) {
      // Also of a run that is closing, whose next one makes the attempt: where it was stopped decides nothing.
      retries.set(id, before + 1);
      await store.retryAttempt(attempt, { state, reason });
      await options.checkpoints?.ended(this.#trial, state);
      ledger.move('running', 'queued');
      ledger.tell({ kind: 'trial-retried', trial: id, state, reason, waitSeconds });
      earlyStopping.forget(id);
      return waitSeconds;
    }
    await store.finishAttempt(attempt, { state, reason });
    await options.checkpoints?.ended(this.#trial, state);
    ledger.move('running', state);
    ledger.tell({ kind: 'trial-ended', trial: id, state, reason });
    ended(this.#trial, state, null);
    if (state === 'cancelled' || state === 'pruned') return null;
    failures.failed(reason);
    const verdict = failures.verdict();
    if (verdict !== null) giveUp({ code: 'failures', message: verdict });
    return null;
  }

  async #requeue(attempt: AttemptId): Promise<void> {
    const { options, ledger, earlyStopping } = this.#context;
    await options.store.interruptAttempt(attempt);
    earlyStopping.forget(this.#trial.id);
    ledger.move('running', 'queued');
    ledger.tell({ kind: 'trial-requeued', trial: this.#trial.id });
  }

  /**
   * A model that cannot be written ends the run, as a commit that fails does: the file lies beside the
   * database, on the same disk, and is part of what `completed` promises. To call the trial failed
   * would blame, for good, a cell that trained well; to complete it without its model would surface
   * only when the model is needed. The trial goes back to the queue.
   */
  async #keepModel(model: TrainedModel | null): Promise<string | null> {
    if (model === null) return null;
    return (await this.#context.options.saveModel?.(this.#trial, model)) ?? null;
  }
}

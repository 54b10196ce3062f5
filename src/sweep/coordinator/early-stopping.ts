/**
 * Asks the pruner of a plan after each epoch, and keeps the curves that it compares.
 *
 * Invariant: where the scope is `generations`, a trial of generation g is compared with trials of generations ≤ g−2 only,
 * all of which have ended: its verdict is the same for any number of workers and any durations.
 */
import type { Curve, PruneVerdict } from '../../pruners/pruner.js';
import type { EpochMetrics } from '../../training/trial.js';
import { CompactCurve } from './compact-curve.js';
import { epochCosts } from './epoch-costs.js';
import type { PlanProgress } from './plan-progress.js';
import type { Store, StoredTrial, TrialId } from '../store.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import { isTerminal } from '../trial-state.js';

/** Trials whose epochs are read at a time. */
const batch = 500;

interface Kept {
  readonly curve: CompactCurve;
  trainSeconds: number;
}

export class EarlyStopping {
  readonly #plan: SweepPlan;
  readonly #progress: PlanProgress;
  /** By place in the plan; missing: the trial has no epoch yet. */
  readonly #kept: (Kept | undefined)[] = [];

  constructor(plan: SweepPlan, progress: PlanProgress) {
    if (plan.prunerScope === 'generations' && plan.generationSize === null && plan.pruner !== null) {
      throw new Error('A comparison by generations needs generations.');
    }
    this.#plan = plan;
    this.#progress = progress;
  }

  /** Brings back the curves of the trials that have ended before. */
  async load(store: Store, trials: readonly StoredTrial[]): Promise<void> {
    if (this.#plan.pruner === null) return;
    const ended = trials.filter(({ state }) => isTerminal(state)).map(({ id }) => id);
    for (let start = 0; start < ended.length; start += batch) {
      const epochs = await store.epochs(ended.slice(start, start + batch));
      for (const { trial, metrics } of epochs) this.#append(trial, metrics);
    }
    for (const trial of ended) this.end(trial);
  }

  /** After each epoch, in order. @returns null: the trial goes on */
  judge(trial: TrialId, metrics: EpochMetrics): PruneVerdict | null {
    const { pruner } = this.#plan;
    if (pruner === null) return null;
    const own = this.#append(trial, metrics);
    return pruner.verdict(own, this.#others(this.#progress.place(trial)));
  }

  /** Whether the trial goes on all the same. */
  isSpared({ cell }: StoredTrial): boolean {
    return this.#plan.spare?.(cell) === true;
  }

  end(trial: TrialId): void {
    if (this.#plan.pruner === null) return;
    this.#kept[this.#progress.place(trial)]?.curve.end();
  }

  /** The trial's next attempt begins anew. */
  forget(trial: TrialId): void {
    if (this.#plan.pruner !== null) this.#kept[this.#progress.place(trial)] = undefined;
  }

  #append(trial: TrialId, metrics: EpochMetrics): Curve {
    const { objectives } = this.#plan.declaration;
    const kept = (this.#kept[this.#progress.place(trial)] ??= {
      curve: new CompactCurve(objectives.length),
      trainSeconds: 0,
    });
    kept.trainSeconds += metrics.trainSeconds ?? 0;
    const costs = epochCosts(objectives, metrics, kept.trainSeconds);
    kept.curve.push({ epoch: metrics.epoch, costs, nfe: metrics.nfe, loss: metrics.testLoss });
    return kept.curve;
  }

  *#others(own: number): Generator<Curve> {
    const end = this.#plan.prunerScope === 'all' ? this.#kept.length : this.#progress.settledBefore(own);
    for (let place = 0; place < end; place += 1) {
      const kept = this.#kept[place];
      if (place !== own && kept !== undefined) yield kept.curve;
    }
  }
}

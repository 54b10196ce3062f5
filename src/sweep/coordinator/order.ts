/**
 * The order in which trials start, where a sweep file asks for another than its own: cheap cells first, or those that promise
 * most for the frontier per second.
 *
 * What is learned is learned from the sweep's own trials. No order changes a number of a trial, nor does one let a trial
 * overtake a generation: where generations are, the order is one within those that may start.
 *
 * Known limits: trials that run are not known to an order; of programs that tell no train_seconds no cost is learned.
 */
import { fitCostModel, mostSamples, type CostSample } from '../../forecast/cost-model.js';
import { expectedGains, type MeasuredSetting } from '../../forecast/expected-gain.js';
import type { Setting } from '../../forecast/features.js';
import { spreadOrder } from '../../forecast/spread.js';
import { frontier } from '../../pareto/frontier.js';
import type { TrialResult } from '../../training/trial.js';
import { measuredSeconds, shortestSeconds } from '../measured-seconds.js';
import { meanCosts } from '../monitor/monitor-objectives.js';
import type { HistoryEntry } from '../plan/plan-growth.js';
import type { Prioritize } from '../plan/prioritize.js';
import type { Objective, StoredTrial } from '../store.js';

export const orders = ['given', 'cost', 'frontier'] as const;
export type Order = (typeof orders)[number];

/** Before so many settings have a result, trials are spread over the space instead: a line needs two points, a doubt two more. */
const leastEvidence = 4;

/** @returns null: trials start in the plan's order */
export function prioritizeBy(order: Order, objectives: readonly Objective[]): Prioritize | null {
  switch (order) {
    case 'given':
      return null;
    case 'cost': {
      const known = new KnownTrials(objectives);
      return (queued, finished) => {
        known.read(finished);
        return sortedBy(queued, known.secondsOf(queued.map(settingOf)));
      };
    }
    case 'frontier': {
      const known = new KnownTrials(objectives);
      return (queued, finished) => {
        known.read(finished);
        return mostPromising(queued, known);
      };
    }
  }
}

function mostPromising(queued: readonly StoredTrial[], known: KnownTrials): readonly StoredTrial[] {
  const settings = queued.map(settingOf);
  const measured = known.measured();
  if (measured.filter(({ costs }) => costs !== null).length < leastEvidence) {
    const tried = measured.map(({ setting }) => setting);
    return spreadOrder(settings, tried).map((index) => queued[index]);
  }
  const gains = expectedGains(measured, settings);
  const seconds = known.secondsOf(settings);
  // A repeat over seeds is no new point of the frontier: it waits until every setting has been tried.
  const values = queued.map(({ cell }, index) => (known.has(cell.group) ? 0 : -gains[index] / seconds[index]));
  return sortedBy(queued, values);
}

const settingOf = ({ cell }: Pick<HistoryEntry, 'cell'>): Setting => cell.parameters;

/** Lowest first; equal ones stay in the order given. */
function sortedBy(queued: readonly StoredTrial[], values: readonly number[]): readonly StoredTrial[] {
  const places = Array.from(queued.keys()).sort((a, b) => values[a] - values[b]);
  return places.map((index) => queued[index]);
}

interface Group extends MeasuredSetting {
  readonly results: readonly TrialResult[];
}

/** So many settings, the latest, and those of the frontier teach as much as all: more make an order only slower. */
const mostSettings = 1000;

/** What the trials that have ended tell; reads each of them once. */
class KnownTrials {
  readonly #objectives: readonly Objective[];
  #groups = new Map<string, Group>();
  readonly #tried = new Set<string>();
  /** The latest, and perhaps as many before them. */
  #costs: CostSample[] = [];

  constructor(objectives: readonly Objective[]) {
    this.#objectives = objectives;
  }

  read(finished: readonly HistoryEntry[]): void {
    for (const { cell, state, result } of finished) {
      // Someone's wish says nothing of a setting.
      if (state === 'cancelled') continue;
      const before = this.#groups.get(cell.group)?.results ?? [];
      const results = result === null ? before : [...before, result];
      this.#groups.set(cell.group, {
        setting: cell.parameters,
        results,
        costs: meanCosts(results, this.#objectives),
      });
      this.#tried.add(cell.group);
      const seconds = result === null ? null : measuredSeconds(result);
      if (seconds !== null && seconds > 0) {
        this.#costs.push({ setting: cell.parameters, seconds: Math.max(seconds, shortestSeconds) });
      }
    }
    if (this.#costs.length > 2 * mostSamples) this.#costs = this.#costs.slice(-mostSamples);
    if (this.#groups.size > 2 * mostSettings) this.#forget();
  }

  /** Whether a trial of the group has ended. */
  has(group: string): boolean {
    return this.#tried.has(group);
  }

  /** One a setting: the mean over its seeds. */
  measured(): readonly MeasuredSetting[] {
    return [...this.#groups.values()];
  }

  /** Forecasts; before there is evidence, in epochs. */
  secondsOf(settings: readonly Setting[]): readonly number[] {
    if (this.#costs.length === 0) return settings.map(({ epochs }) => (typeof epochs === 'number' ? epochs : 1));
    const model = fitCostModel(this.#costs, settings);
    return settings.map((setting) => model.forecast(setting).seconds);
  }

  #forget(): void {
    const groups = [...this.#groups];
    const best = frontier(
      groups,
      this.#objectives.map((_, index) => ({
        value: ([, { costs }]: (typeof groups)[number]) => costs?.[index] ?? null,
        goal: 'minimize',
      })),
    );
    this.#groups = new Map([...best, ...groups.slice(-mostSettings)]);
  }
}

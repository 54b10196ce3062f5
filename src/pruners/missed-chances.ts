/**
 * What stopped trials could have missed: for each, the chance that it would have ended on the frontier.
 *
 * A stopped trial's costs at its last epoch are continued as each completed trial's went on from the same epoch, by the ratio
 * final / then in every objective at once. The share of continuations that no completed trial dominates is the chance.
 *
 * Known limits: trials that were stopped may be unlike those that were not, which the rule chose; an objective that is
 * zero or changes its sign has no ratio, and that continuation is left out.
 *
 * Cost: stopped × completed × frontier; the callers bound the first two by `spreadOver`.
 */
import { dominates } from '../pareto/frontier.js';

export interface StoppedTrial {
  readonly number: number;
  readonly epoch: number;
  /** At that epoch, to minimise. */
  readonly costs: readonly number[];
}

export interface Continuation {
  readonly finalCosts: readonly number[];
  /** Undefined where the trial had no such epoch. */
  readonly costsAt: (epoch: number) => readonly number[] | undefined;
}

export interface MissedChance {
  /** Of the trial. */
  readonly number: number;
  /** In [0, 1]; null where no completed trial has the epoch. */
  readonly chance: number | null;
}

/** @param frontier costs of the completed trials that no other dominates */
export function missedChances(
  stopped: readonly StoppedTrial[],
  completed: readonly Continuation[],
  frontier: readonly (readonly number[])[],
): readonly MissedChance[] {
  const ratiosAt = new Map<number, readonly (readonly number[])[]>();
  return stopped.map(({ number, epoch, costs }) => {
    const ratios = ratiosAt.get(epoch) ?? improvementRatios(completed, epoch);
    ratiosAt.set(epoch, ratios);
    const ends = ratios.map((ratio) => costs.map((cost, k) => cost * ratio[k])).filter(isFinite);
    const best = ends.filter((end) => !frontier.some((point) => dominates(point, end)));
    return { number, chance: ends.length === 0 ? null : best.length / ends.length };
  });
}

function improvementRatios(completed: readonly Continuation[], epoch: number): readonly (readonly number[])[] {
  return completed
    .map(({ finalCosts, costsAt }) => costsAt(epoch)?.map((then, k) => finalCosts[k] / then))
    .filter((ratios) => ratios !== undefined)
    .filter((ratios) => ratios.every((ratio) => ratio >= 0 && ratio < Infinity));
}

function isFinite(costs: readonly number[]): boolean {
  return costs.every(Number.isFinite);
}

/** At most `most` of the items, evenly over the list: the same for the same list. */
export function spreadOver<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, k) => items[Math.floor(((k + 0.5) * items.length) / most)]);
}

/**
 * The frontier of the results so far.
 *
 * Invariant: the frontier of new results and the old frontier is the frontier of all, since results are immutable; what
 * is not on it is forgotten.
 */
import { costOf, frontier } from '../../pareto/frontier.js';
import type { TrialResult } from '../../training/trial.js';
import { objectiveValue } from './monitor-objectives.js';
import type { Objective, TrialId } from '../store.js';

/** Results that wait to be held against the frontier, which nobody may ever look at. */
const mostArrived = 4096;

interface Point {
  readonly id: TrialId;
  readonly x: number | null;
  readonly y: number | null;
}

export class FrontierSoFar {
  readonly #objectives: readonly [Objective, Objective];
  #best: readonly Point[] = [];
  #ids: readonly TrialId[] = [];
  #arrived: Point[] = [];
  /** Costs of `#best`: those of the first objective ascend, so those of the second descend. */
  #costs: readonly (readonly [number, number])[] = [];

  constructor(objectives: readonly [Objective, Objective]) {
    this.#objectives = objectives;
  }

  add(id: TrialId, result: TrialResult): void {
    const [first, second] = this.#objectives;
    const [x, y] = [objectiveValue(result, first.name), objectiveValue(result, second.name)];
    if (this.#isBeaten(costOf(x, first.goal), costOf(y, second.goal))) return;
    this.#arrived.push({ id, x, y });
    if (this.#arrived.length === mostArrived) this.#compare();
  }

  /** By the first objective's value, ascending; the same array until the frontier may have changed. */
  ids(): readonly TrialId[] {
    if (this.#arrived.length > 0) this.#compare();
    return this.#ids;
  }

  #compare(): void {
    const [first, second] = this.#objectives;
    this.#best = frontier(
      [...this.#best, ...this.#arrived],
      [
        { goal: first.goal, value: ({ x }) => x },
        { goal: second.goal, value: ({ y }) => y },
      ],
    );
    this.#arrived = [];
    this.#ids = [...this.#best].sort((a, b) => (a.x ?? 0) - (b.x ?? 0)).map(({ id }) => id);
    this.#costs = this.#best
      .map(({ x, y }) => [costOf(x, first.goal), costOf(y, second.goal)] as const)
      .sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  }

  /** By the frontier as it was compared last: most results are, and need no place among those that wait. NaN is beaten by none. */
  #isBeaten(x: number, y: number): boolean {
    let [low, high] = [0, this.#costs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#costs[middle][0] <= x) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return false;
    // No other one of a first cost so low has a lower second one.
    const [bestX, bestY] = this.#costs[low - 1];
    return bestY < y || (bestY === y && bestX < x);
  }
}

/**
 * The frontier of the results so far.
 *
 * Invariant: the frontier of new results and the old frontier is the frontier of all, since results are immutable; what
 * is not on it is forgotten.
 */
import { frontier } from '../../pareto/frontier.js';
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

  constructor(objectives: readonly [Objective, Objective]) {
    this.#objectives = objectives;
  }

  add(id: TrialId, result: TrialResult): void {
    const [x, y] = this.#objectives.map(({ name }) => objectiveValue(result, name));
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
  }
}

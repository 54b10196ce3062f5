/**
 * How far a plan has come: which of its trials may start, and what an adaptive plan adds to itself.
 *
 * Invariant: what the growth of generation g is shown of generations > g−2 is their cells, never how they stand. Its
 * choice so depends neither on the number of workers nor on how long trials take nor on where a run was stopped.
 */
import type { TrialResult } from '../../training/trial.js';
import type { Cell } from '../cell.js';
import { Generations } from './generations.js';
import type { HistoryEntry, PlanGrowth } from '../plan/plan-growth.js';
import type { StoredTrial, TrialId } from '../store.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import { isTerminal, type TrialState } from '../trial-state.js';

export class PlanProgress {
  readonly #growth: PlanGrowth | null;
  readonly #generations: Generations | null;
  readonly #needsPlaces: boolean;
  readonly #needsFinished: boolean;
  /** In the plan's order; only where growth needs it. */
  readonly #history: HistoryEntry[] = [];
  /** That have ended since `takeFinished`, in the order in which they did; only where priorities need them. */
  #finished: HistoryEntry[] = [];
  #known = 0;
  /** In the plan's order; only where generations or early stopping need them. */
  readonly #places = new Map<TrialId, number>();
  #exhausted = false;

  constructor(plan: Pick<SweepPlan, 'generationSize' | 'growth' | 'pruner' | 'prioritize'>) {
    const { generationSize, growth, pruner, prioritize } = plan;
    if (growth !== null && generationSize === null) throw new Error('A plan that grows needs generations.');
    this.#growth = growth;
    this.#generations = generationSize === null ? null : new Generations(generationSize);
    this.#needsPlaces = generationSize !== null || pruner !== null;
    this.#needsFinished = prioritize !== undefined;
  }

  /** Trials that follow those there are, in the plan's order. */
  enter(trials: readonly StoredTrial[]): void {
    for (const trial of trials) {
      if (this.#needsPlaces) this.#places.set(trial.id, this.#known);
      this.#known += 1;
      this.#generations?.enter(isTerminal(trial.state));
      if (this.#needsFinished && isTerminal(trial.state)) this.#finished.push(trial);
      if (this.#growth !== null) this.#history.push(trial);
    }
  }

  end({ id, cell }: StoredTrial, state: TrialState, result: TrialResult | null): void {
    const entry = { cell, state, result };
    if (this.#needsFinished) this.#finished.push(entry);
    if (this.#generations === null) return;
    const place = this.place(id);
    if (this.#growth !== null) this.#history[place] = entry;
    this.#generations.end(place);
  }

  /** That have ended, earlier runs' too; each is told once. */
  takeFinished(): readonly HistoryEntry[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  mayStart({ id }: StoredTrial): boolean {
    return this.#generations === null || this.#generations.mayStart(this.place(id));
  }

  /** How many places before this one had ended, all of them, before its trial could start. */
  settledBefore(place: number): number {
    return this.#generations?.settledBefore(place) ?? 0;
  }

  /** Trials that the plan has by now. */
  get known(): number {
    return this.#known;
  }

  /** Trials that the plan has in the end, as far as one can tell. */
  get total(): number {
    const known = this.#known;
    return this.#growth === null || this.#exhausted ? known : Math.max(known, this.#growth.total);
  }

  /** Whether the plan chooses its trials itself. */
  get isAdaptive(): boolean {
    return this.#growth !== null;
  }

  /** Whether the plan has cells to come and what they depend on has ended. */
  get canGrow(): boolean {
    return this.#known < this.total && this.#generations?.isNextKnowable === true;
  }

  /** The cells to add now; none: the plan has all its trials. `enter` those that are new, or `exhaust` where none is. */
  grow(): readonly Cell[] {
    const generations = this.#generations;
    if (this.#growth === null || generations === null || !this.canGrow) return [];
    const settled = generations.settledBefore(this.#known);
    const shown = this.#history.map((entry, place): HistoryEntry => {
      return place < settled ? entry : { cell: entry.cell, state: 'queued', result: null };
    });
    return this.#growth.next(shown).slice(0, this.total - this.#known);
  }

  /** No further cell will be found. */
  exhaust(): void {
    this.#exhausted = true;
  }

  /** Of a trial in the plan's order, from 0; only where the plan has generations or a pruner. */
  place(id: TrialId): number {
    const place = this.#places.get(id);
    if (place === undefined) throw new Error(`Trial ${id} is not of the plan.`);
    return place;
  }
}

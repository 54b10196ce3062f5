/**
 * The views of a sweep's trials, by number, and what is kept of those that have ended: some two hundred bytes each, and
 * the latest curves.
 *
 * Invariant: a view is replaced, never changed, so that an older snapshot still shows what it showed.
 */
import { completeTrial, endTrial, viewTrial, withoutCurve, type TrialView } from './monitor-trial.js';
import { ResultRows } from './result-rows.js';
import type { StoredTrial, TrialId, UnsuccessfulEnd } from '../store.js';
import type { TrialResult } from '../../training/trial.js';
import { isTerminal, trialStates, type TrialState } from '../trial-state.js';

/** Epochs of trials that have ended: a few MB. Those of 50,000 trials of 100 epochs would fill the memory. */
const keptEpochs = 20_000;

export class TrialList {
  /** By number. */
  readonly views: TrialView[] = [];
  readonly counts = Object.fromEntries(trialStates.map((state) => [state, 0])) as Record<TrialState, number>;
  readonly #positions = new Map<TrialId, number>();
  readonly #running = new Set<TrialId>();
  readonly #rows = new ResultRows();
  /** In the order in which they ended; those whose epochs are kept. */
  readonly #withCurve: TrialId[] = [];
  #epochs = 0;

  /** @param entered told of each of them, by number, while its result is at hand: a view makes it anew each time */
  enter(added: readonly StoredTrial[], entered: (view: TrialView, result: TrialResult | null) => void): void {
    for (const stored of [...added].sort((a, b) => a.number - b.number)) {
      this.#positions.set(stored.id, this.views.length);
      const view = viewTrial(stored, this.#rows);
      this.views.push(view);
      this.counts[stored.state] += 1;
      if (stored.state === 'running') this.#running.add(stored.id);
      entered(view, stored.result);
    }
  }

  /** @throws Error if the sweep holds no such trial */
  get(id: TrialId): TrialView {
    return this.views[this.#position(id)];
  }

  /** In the order in which they started. */
  running(): readonly TrialView[] {
    return Array.from(this.#running, (id) => this.get(id));
  }

  /** @throws Error if the trial has ended: then nothing changes any more */
  change(id: TrialId, next: (view: TrialView) => TrialView): TrialView {
    const position = this.#position(id);
    const view = this.views[position];
    if (isTerminal(view.state)) throw new Error(`Trial ${id} has ended as ${view.state}: nothing follows.`);
    const changed = next(view);
    this.counts[view.state] -= 1;
    this.counts[changed.state] += 1;
    this.views[position] = changed;
    if (changed.state === 'running') this.#running.add(id);
    else this.#running.delete(id);
    if (isTerminal(changed.state)) this.#keepCurve(changed);
    return changed;
  }

  complete(id: TrialId, result: TrialResult, now: number): TrialView {
    return this.change(id, (view) => completeTrial(view, result, this.#rows, now));
  }

  end(id: TrialId, end: UnsuccessfulEnd, now: number): TrialView {
    return this.change(id, (view) => endTrial(view, end, now));
  }

  /** Curves of the trials that ended first make room for those of the latest. */
  #keepCurve({ id, curve }: TrialView): void {
    if (curve.length === 0) return;
    this.#withCurve.push(id);
    this.#epochs += curve.length;
    while (this.#epochs > keptEpochs && this.#withCurve.length > 1) {
      const position = this.#position(this.#withCurve.shift() ?? id);
      this.#epochs -= this.views[position].curve.length;
      this.views[position] = withoutCurve(this.views[position]);
    }
  }

  #position(id: TrialId): number {
    const position = this.#positions.get(id);
    if (position === undefined) throw new Error(`The sweep holds no trial with id ${id}.`);
    return position;
  }
}

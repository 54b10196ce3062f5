/** Puts further trials into a plan that runs: those that an adaptive plan chooses, and those that a person adds. */
import { UserError } from '../../errors.js';
import type { Agenda } from './agenda.js';
import type { Cell } from '../cell.js';
import type { Ledger } from './ledger.js';
import type { PlanProgress } from './plan-progress.js';
import type { Store, StoredTrial, SweepId } from '../store.js';

export interface ExtendedRun {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly progress: PlanProgress;
  readonly agenda: Agenda;
  /** True once no further trial may start. */
  readonly isClosing: () => boolean;
  readonly fail: (error: unknown) => void;
}

export class PlanExtension {
  readonly #run: ExtendedRun;
  readonly #sweep: SweepId;
  /** The largest number of a stored trial: what is stored later has a greater one. */
  #lastNumber: number;
  #growing = false;
  /** One addition after the other: each is told by the numbers that it has got. */
  #adding: Promise<unknown> = Promise.resolve();

  constructor(run: ExtendedRun, sweep: SweepId, lastNumber: number) {
    this.#run = run;
    this.#sweep = sweep;
    this.#lastNumber = lastNumber;
  }

  /** Trials of the plan, in its order; those that are queued are to run. */
  enter(trials: readonly StoredTrial[]): void {
    const { ledger, progress, agenda } = this.#run;
    ledger.enter(trials);
    progress.enter(trials);
    agenda.add(trials.filter(({ state }) => state === 'queued'));
  }

  /** Adds the cells that an adaptive plan can choose by now. The run does not end before. */
  grow(): void {
    const { progress, agenda, ledger, isClosing, fail } = this.#run;
    if (this.#growing || !progress.canGrow) return;
    this.#growing = true;
    void agenda.hold(async () => {
      try {
        while (progress.canGrow && !isClosing()) {
          const added = await this.#store(progress.grow(), false);
          if (added.length > 0) continue;
          progress.exhaust();
          ledger.tell({ kind: 'trials-added', trials: [], total: progress.total });
        }
      } catch (error) {
        fail(error);
      } finally {
        this.#growing = false;
      }
    });
  }

  /** A person adds cells. @returns the trials that are new @throws UserError if the plan takes none */
  async add(cells: readonly Cell[]): Promise<readonly StoredTrial[]> {
    const { progress, agenda } = this.#run;
    if (progress.isAdaptive) {
      throw new UserError('usage', 'This sweep chooses its trials itself and takes no others.', {
        hint: 'Run them as a sweep of their own.',
      });
    }
    const added = this.#adding.then(() => this.#store(cells, true));
    this.#adding = added.catch(() => undefined);
    return agenda.hold(() => added);
  }

  /** @returns the trials that are new */
  async #store(cells: readonly Cell[], byPerson: boolean): Promise<readonly StoredTrial[]> {
    const { store, ledger, progress } = this.#run;
    if (cells.length === 0 || (await store.addCells(this.#sweep, cells, byPerson)) === 0) return [];
    const trials = await store.trials(this.#sweep, this.#lastNumber);
    this.#lastNumber += trials.length;
    this.enter(trials);
    ledger.tell({ kind: 'trials-added', trials, total: progress.total });
    return trials;
  }
}

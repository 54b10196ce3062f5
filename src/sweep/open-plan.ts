/** Brings a plan into the database: what is new is added, what a killed run left or someone asks for is queued again. */
import { UserError } from '../errors.js';
import type { SweepOptions, SweepPlan } from './sweep-run.js';
import type { Store, StoredSweep, StoredTrial, TrialId } from './store.js';
import type { RetriableState } from './trial-state.js';
import { varyingParameters } from './varying-parameters.js';

export interface OpenedPlan {
  readonly sweep: StoredSweep;
  /** Of the plan, in its order, and then those that a person has added to the sweep. */
  readonly trials: readonly StoredTrial[];
  /** That an earlier, killed run had left running. */
  readonly requeued: readonly TrialId[];
  /** That had ended without a result and are to run again. */
  readonly retried: readonly TrialId[];
  /** Stored trials that the plan does not hold. */
  readonly outsidePlan: number;
  /** The largest number of a trial of the sweep. */
  readonly lastNumber: number;
}

type OpenOptions = Pick<SweepOptions, 'plan' | 'store' | 'retry' | 'checkpoints'>;

/** @throws UserError of `Store.openSweep` */
export async function openPlan({ plan, store, retry = [], checkpoints }: OpenOptions): Promise<OpenedPlan> {
  const opened = await store.openSweep(plan.declaration);
  if (plan.growth !== null) requireSameBeginning(plan, await store.trials(opened.id));
  await store.addCells(opened.id, plan.cells);
  const requeued = await store.requeueOrphans(opened.id);
  const known = new Map(plan.cells.map((cell) => [cell.hash, cell]));
  const before = await store.trials(opened.id, 0, known);
  const added = new Set(await store.addedTrials(opened.id));
  const retried = await retryEnded(store, retry, belonging(plan, before, added));
  const all = retried.length === 0 ? before : await store.trials(opened.id, 0, known);
  await checkpoints?.tidy(all);
  // Cells of the plan vary in its axes alone: one of them speaks for all.
  const outside = all.flatMap(({ cell }) => (known.has(cell.hash) ? [] : [cell]));
  const axes = varyingParameters([...plan.cells.slice(0, 1), ...outside], opened.axes);
  if (axes.length > opened.axes.length) await store.recordAxes(opened.id, axes);
  const trials = belonging(plan, all, added);
  const lastNumber = all.at(-1)?.number ?? 0;
  const outsidePlan = all.length - trials.length;
  return { sweep: { ...opened, axes }, trials, requeued, retried, outsidePlan, lastNumber };
}

/**
 * An adaptive plan goes on from the trials that it chose: with others it would choose what no run from the start would.
 * @throws UserError where the sweep began with other cells
 */
function requireSameBeginning({ declaration, cells }: SweepPlan, stored: readonly StoredTrial[]): void {
  const differs = cells.some(({ hash }, place) => place < stored.length && stored[place].cell.hash !== hash);
  if (!differs) return;
  throw new UserError('usage', `The sweep "${declaration.name}" began with other trials than this file chooses.`, {
    hint: 'A sweep that learns from its trials cannot change its parameters midway: give it another name, or restore them.',
  });
}

function belonging(
  { cells, declaration, growth }: SweepPlan,
  stored: readonly StoredTrial[],
  added: ReadonlySet<TrialId>,
): readonly StoredTrial[] {
  if (growth !== null) return stored.slice(0, growth.total);
  const byHash = new Map(stored.map((trial) => [trial.cell.hash, trial]));
  const planned = cells.map(({ hash }) => {
    const trial = byHash.get(hash);
    if (trial === undefined) throw new Error(`Cell ${hash} was added to sweep ${declaration.name}, but is not there.`);
    byHash.delete(hash);
    return trial;
  });
  return [...planned, ...[...byHash.values()].filter(({ id }) => added.has(id))];
}

/** Those that ended in one of the states are to run again. @returns those that now are queued */
function retryEnded(
  store: Store,
  states: readonly RetriableState[],
  trials: readonly StoredTrial[],
): Promise<readonly TrialId[]> {
  if (states.length === 0) return Promise.resolve([]);
  return store.retryTrials(
    trials.map(({ id }) => id),
    states,
  );
}

/** Brings a plan into the database: what is new is added, what a killed run left or someone asks for is queued again. */
import { UserError } from '../errors.js';
import type { SweepOptions, SweepPlan } from './sweep-run.js';
import type { StoredSweep, StoredTrial, TrialId } from './store.js';
import { varyingParameters } from './varying-parameters.js';

export interface OpenedPlan {
  readonly sweep: StoredSweep;
  /** Of the plan, in its order. */
  readonly trials: readonly StoredTrial[];
  /** That an earlier, killed run had left running. */
  readonly requeued: readonly TrialId[];
  /** That had ended without a result and are to run again. */
  readonly retried: readonly TrialId[];
  /** Stored trials that the plan does not hold. */
  readonly outsidePlan: number;
}

type OpenOptions = Pick<SweepOptions, 'plan' | 'store' | 'retry'>;

/** @throws UserError of `Store.openSweep` */
export async function openPlan({ plan, store, retry = [] }: OpenOptions): Promise<OpenedPlan> {
  const opened = await store.openSweep(plan.declaration);
  if (plan.growth !== null) requireSameBeginning(plan, await store.trials(opened.id));
  await store.addCells(opened.id, plan.cells);
  const requeued = await store.requeueOrphans(opened.id);
  const before = await store.trials(opened.id);
  const retried = await retryEnded({ plan, store, retry }, before);
  const all = retried.length === 0 ? before : await store.trials(opened.id);
  const axes = varyingParameters(
    all.map(({ cell }) => cell),
    opened.axes,
  );
  if (axes.length > opened.axes.length) await store.recordAxes(opened.id, axes);
  const trials = trialsOf(plan, all);
  return { sweep: { ...opened, axes }, trials, requeued, retried, outsidePlan: all.length - trials.length };
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

function trialsOf({ cells, declaration, growth }: SweepPlan, stored: readonly StoredTrial[]): readonly StoredTrial[] {
  if (growth !== null) return stored.slice(0, growth.total);
  const byHash = new Map(stored.map((trial) => [trial.cell.hash, trial]));
  return cells.map(({ hash }) => {
    const trial = byHash.get(hash);
    if (trial === undefined) throw new Error(`Cell ${hash} was added to sweep ${declaration.name}, but is not there.`);
    return trial;
  });
}

/** Trials of the plan in the states that are to run again. @returns those that now are queued */
function retryEnded(
  { plan, store, retry }: Required<OpenOptions>,
  stored: readonly StoredTrial[],
): Promise<readonly TrialId[]> {
  if (retry.length === 0) return Promise.resolve([]);
  return store.retryTrials(
    trialsOf(plan, stored).map(({ id }) => id),
    retry,
  );
}

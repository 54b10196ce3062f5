/** Brings a plan into the database: what is new is added, what a killed run left or someone asks for is queued again. */
import type { SweepOptions } from './sweep-run.js';
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
  const byHash = new Map(all.map((trial) => [trial.cell.hash, trial]));
  const trials = plan.cells.map(({ hash }) => {
    const trial = byHash.get(hash);
    if (trial === undefined) throw new Error(`Cell ${hash} was added to sweep ${opened.id}, but is not there.`);
    return trial;
  });
  return { sweep: { ...opened, axes }, trials, requeued, retried, outsidePlan: all.length - trials.length };
}

/** Trials of the plan in the states that are to run again. @returns those that now are queued */
function retryEnded(
  { plan, store, retry }: Required<OpenOptions>,
  stored: readonly StoredTrial[],
): Promise<readonly TrialId[]> {
  if (retry.length === 0) return Promise.resolve([]);
  const planned = new Set(plan.cells.map(({ hash }) => hash));
  return store.retryTrials(
    stored.filter(({ cell }) => planned.has(cell.hash)).map(({ id }) => id),
    retry,
  );
}

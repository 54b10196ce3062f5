/** Brings a plan into the database: what is new is added, what a killed run left or someone asks for is queued again. */
import { UserError } from '../../errors.js';
import type { Cell } from '../cell.js';
import { suspiciousLosses } from './repeated-losses.js';
import { beginsUnlike } from '../plan/plan-comparison.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { SweepOptions } from './sweep-run.js';
import type { Store, StoredSweep, StoredTrial, SweepId, TrialId } from '../store.js';
import type { RetriableState } from '../trial-state.js';
import { varyingParameters } from '../plan/varying-parameters.js';

export interface OpenedPlan {
  readonly sweep: StoredSweep;
  /** Of the plan, in its order, and then those that a person has added to the sweep. */
  readonly trials: readonly StoredTrial[];
  /** That an earlier, killed run had left running. */
  readonly requeued: readonly TrialId[];
  /** That had ended without a result and are to run again. */
  readonly retried: readonly TrialId[];
  /** That are to run in a process of their own, where the dispatcher has any: they may be why runs died. */
  readonly isolated: ReadonlySet<TrialId>;
  /** Stored trials that the plan does not hold. */
  readonly outsidePlan: number;
  /** The largest number of a trial of the sweep. */
  readonly lastNumber: number;
}

type OpenOptions = Pick<SweepOptions, 'plan' | 'store' | 'retry' | 'checkpoints' | 'dispatcher'>;

/** @throws UserError of `Store.openSweep`, and where an adaptive sweep began with other cells */
export async function openPlan({ plan, store, retry = [], checkpoints, dispatcher }: OpenOptions): Promise<OpenedPlan> {
  const { plan: recorded, ...opened } = await store.openSweep(plan.declaration);
  const requeued = await store.requeueOrphans(opened.id);
  const isRecorded = recorded !== null && recorded.digest === plan.digest;
  const known = { cells: plan.cells, areFirst: isRecorded };
  const before = await store.trials(opened.id, 0, known);
  if (plan.growth !== null) requireSameBeginning(plan, before);
  const stored = [...before, ...(await addMissing(opened.id, { plan, store }, before))];
  const added = new Set(await store.addedTrials(opened.id));
  const retried = await retryEnded(store, retry, belonging(plan, stored, added));
  const all = retried.length === 0 ? stored : await store.trials(opened.id, 0, known);
  if (!isRecorded) await recordPlan(opened.id, { plan, store }, all);
  await checkpoints?.tidy(all);
  const trials = belonging(plan, all, added);
  const axes = varyingParameters(unlikeCells(plan, all), opened.axes);
  if (axes.length > opened.axes.length) await store.recordAxes(opened.id, axes);
  const lastNumber = all.at(-1)?.number ?? 0;
  const outsidePlan = all.length - trials.length;
  const isolated = new Set(dispatcher.isolates === true ? await store.repeatedlyLost(opened.id, suspiciousLosses) : []);
  return { sweep: { ...opened, axes }, trials, requeued, retried, isolated, outsidePlan, lastNumber };
}

/** @returns the trials of cells that were not stored yet */
async function addMissing(
  sweep: SweepId,
  { plan, store }: Pick<OpenOptions, 'plan' | 'store'>,
  stored: readonly StoredTrial[],
): Promise<readonly StoredTrial[]> {
  if (isBeginning(plan, stored)) return [];
  const known = new Set(stored.map(({ cell }) => cell.hash));
  const missing = plan.cells.filter(({ hash }) => !known.has(hash));
  if (missing.length === 0) return [];
  await store.addCells(sweep, missing);
  return store.trials(sweep, stored.at(-1)?.number ?? 0, { cells: missing });
}

/** The next run of the plan need not compare its cells. */
async function recordPlan(
  sweep: SweepId,
  { plan, store }: Pick<OpenOptions, 'plan' | 'store'>,
  stored: readonly StoredTrial[],
): Promise<void> {
  const { digest, cells } = plan;
  if (digest === undefined || !isBeginning(plan, stored)) return;
  // Numbers say so too, but for what someone has deleted.
  if (stored[cells.length - 1].number === cells.length) await store.recordPlan(sweep, { digest, size: cells.length });
}

/** Cells of the plan vary in its axes alone: one of them, beside all that are not the plan's, says which others vary. */
function unlikeCells(plan: SweepPlan, all: readonly StoredTrial[]): readonly Cell[] {
  if (isBeginning(plan, all)) return cellsBeside(plan, all.slice(plan.cells.length));
  const planned = new Set(plan.cells.map(({ hash }) => hash));
  return cellsBeside(
    plan,
    all.filter(({ cell }) => !planned.has(cell.hash)),
  );
}

function cellsBeside({ cells }: SweepPlan, others: readonly StoredTrial[]): readonly Cell[] {
  return others.length === 0 ? [] : [...cells.slice(0, 1), ...others.map(({ cell }) => cell)];
}

/** Whether the first trials are the plan's cells in its order: what a run that is simply resumed finds. */
function isBeginning({ cells }: SweepPlan, stored: readonly StoredTrial[]): boolean {
  return cells.length <= stored.length && cells.every((cell, place) => cell === stored[place].cell);
}

/**
 * An adaptive plan goes on from the trials that it chose: with others it would choose what no run from the start would.
 * @throws UserError where the sweep began with other cells
 */
function requireSameBeginning({ declaration, cells }: SweepPlan, stored: readonly StoredTrial[]): void {
  const begun = stored.slice(0, cells.length).map(({ cell }) => cell);
  if (!beginsUnlike(cells, begun)) return;
  throw new UserError('usage', `The sweep "${declaration.name}" began with other trials than this file chooses.`, {
    hint: 'A sweep that learns from its trials cannot change its parameters midway: give it another name, or restore them.',
  });
}

function belonging(
  plan: SweepPlan,
  stored: readonly StoredTrial[],
  added: ReadonlySet<TrialId>,
): readonly StoredTrial[] {
  const { cells, declaration, growth } = plan;
  if (growth !== null) return stored.slice(0, growth.total);
  if (isBeginning(plan, stored)) {
    return stored.length === cells.length
      ? stored
      : stored.filter(({ id }, place) => place < cells.length || added.has(id));
  }
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

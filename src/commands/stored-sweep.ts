/** What the database holds of a plan's sweep, and of trials like its own, as far as there is one. */
import { access } from 'node:fs/promises';
import { openReader, type RecordedCost } from '../../db/index.js';
import type { SweepOutline } from '../sweep/plan/plan-comparison.js';
import type { SweepDeclaration } from '../sweep/store.js';

export interface StoredSweepOutline {
  /** Null if the sweep is new. */
  readonly outline: SweepOutline | null;
  /** Of trials of the same task. */
  readonly costs: readonly RecordedCost[];
}

/** So many trials tell what one costs. */
const mostCosts = 2000;

/** @param path of a database that need not exist */
export async function readStoredSweep(
  path: string,
  { name, task }: Pick<SweepDeclaration, 'name' | 'task'>,
): Promise<StoredSweepOutline> {
  try {
    await access(path);
  } catch {
    return { outline: null, costs: [] };
  }
  const reader = await openReader(path);
  try {
    return { outline: await reader.outline(name), costs: await reader.costs(task, mostCosts) };
  } finally {
    await reader.close();
  }
}

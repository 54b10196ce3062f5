/** What the database holds of a plan's sweep, and of trials like its own, as far as there is one. */
import { access } from 'node:fs/promises';
import type { Reader, RecordedCost } from '../../db/index.js';
import type { ComparedSweep, SweepOutline } from '../sweep/plan/plan-comparison.js';
import type { SweepPlan } from '../sweep/plan/sweep-plan.js';
import { withReader } from './with-reader.js';

export interface StoredSweepOutline {
  /** Null if the sweep is new. */
  readonly outline: SweepOutline | null;
  /** Of trials of the same task. */
  readonly costs: readonly RecordedCost[];
}

type NamedPlan = Pick<SweepPlan, 'declaration' | 'digest'>;

/** So many trials tell what one costs. */
const mostCosts = 2000;

/** @param path of a database that need not exist */
export async function readStoredSweep(path: string, plan: NamedPlan): Promise<StoredSweepOutline> {
  const { name, task } = plan.declaration;
  const stored = await readIfThere(path, async (reader) => ({
    outline: await reader.outline(name, plan.digest),
    costs: await reader.costs(task, mostCosts),
  }));
  return stored ?? { outline: null, costs: [] };
}

/** @param path of a database that need not exist @returns null if the sweep is new */
export function readComparedSweep(
  path: string,
  { declaration: { name }, digest }: NamedPlan,
): Promise<ComparedSweep | null> {
  return readIfThere(path, async (reader) => {
    const outline = await reader.outline(name, digest);
    return outline === null ? null : { ...outline, programs: await reader.programs(name) };
  });
}

async function readIfThere<T>(path: string, read: (reader: Reader) => Promise<T>): Promise<T | null> {
  try {
    await access(path);
  } catch {
    return null;
  }
  return withReader(path, read);
}

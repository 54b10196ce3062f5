/** What a coordinator is to run: cells, and what decides their order, their growth and their early end. */
import type { Pruner } from '../../pruners/pruner.js';
import type { Cell } from '../cell.js';
import type { SweepLimits } from '../specification/limits.js';
import type { SweepDeclaration } from '../store.js';
import type { PlanGrowth } from './plan-growth.js';
import type { Prioritize } from './prioritize.js';

export interface SweepPlan {
  readonly declaration: SweepDeclaration;
  /** In the order in which they run; every hash once. */
  readonly cells: readonly Cell[];
  /** Names `cells` and their order: plans of equal digests have equal ones. Missing: only a look at each cell tells. */
  readonly digest?: string;
  /** Trials of a generation (`generations.ts`); null: everything may start at once. */
  readonly generationSize: number | null;
  /** How an adaptive plan grows; null: `cells` is everything. `cells` then holds what is known at the start. */
  readonly growth: PlanGrowth | null;
  /** Early stopping: asked after each epoch; null: every trial runs to its end. */
  readonly pruner: Pruner | null;
  /** With which other trials one is compared: all so far, or those of generations ≤ g−2 only, whichever way the run goes. */
  readonly prunerScope: 'all' | 'generations';
  /** True for trials that go on although the pruner would stop them, so that one can see what it misses. */
  readonly spare?: (cell: Cell) => boolean;
  /** Which trials start first; missing: in the plan's order. */
  readonly prioritize?: Prioritize;
  /** What workers load for a task that is not built in: the absolute path of its module. No part of a cell's identity. */
  readonly taskModule?: string;
  readonly limits: Pick<
    SweepLimits,
    'timeoutSeconds' | 'memoryMegabytes' | 'retryPolicy' | 'failureBudget' | 'maxSeconds'
  >;
}

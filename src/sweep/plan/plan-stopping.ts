/** What a plan takes over from `early_terminate` of a sweep file. */
import type { Pruner } from '../../pruners/pruner.js';
import { isSpared } from '../../pruners/spare.js';
import type { Cell } from '../cell.js';
import type { SweepSpecification } from '../specification/load-specification.js';

export interface PlanStopping {
  /** Trials of a generation; null: the rules need none. */
  readonly generationSize: number | null;
  readonly pruner: Pruner | null;
  readonly prunerScope: 'all' | 'generations';
  readonly spare?: (cell: Cell) => boolean;
}

export function stoppingOf({ stoppingRules: rules, seed }: SweepSpecification): PlanStopping {
  if (rules === null) return { generationSize: null, pruner: null, prunerScope: 'all' };
  const { pruner, scope: prunerScope, generationSize, spare } = rules;
  return { generationSize, pruner, prunerScope, spare: ({ hash }) => isSpared(spare, seed, hash) };
}

/** Rules that compare with earlier generations only need a third one. */
export function* generationWarnings({ stoppingRules: rules }: SweepSpecification, cells: number): Generator<string> {
  const size = rules?.generationSize ?? null;
  if (size === null || cells > 2 * size) return;
  yield (
    `${cells} cells are no more than two generations of ${size}, which are never stopped: ` +
    'a smaller early_terminate.generation would stop some.'
  );
}

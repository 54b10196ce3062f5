/**
 * From points to cells: complete, held against the conditions, checked by the task, hashed, each once.
 *
 * This is the only loop of planning that meets every cell: a plan has up to a million of them.
 */
import type { Point } from '../../samplers/domain.js';
import { createCellIdentifier } from './cell-identity.js';
import type { Cell } from '../cell.js';
import { createPointCheck } from './check-point.js';
import { holdsFor, type PlacedCondition } from './placed-condition.js';
import { defaultsOf, type PlannableTask } from './plannable-task.js';
import { expectation, showValue } from '../specification/expectation.js';
import type { SweepSpecification } from '../specification/load-specification.js';

export interface CollectedCells {
  readonly cells: readonly Cell[];
  /** Points that were equal to an earlier one. */
  readonly duplicates: number;
  /** Points for which a condition does not hold. */
  readonly excluded: number;
}

/** @param most cells after which no further point is looked at */
export function collectCells(
  specification: SweepSpecification,
  task: PlannableTask,
  points: Iterable<Point>,
  conditions: readonly PlacedCondition[],
  most: number,
): CollectedCells {
  const { problemAt, placeOf, fail } = specification;
  const defaults = defaultsOf(task);
  const check = createPointCheck(task, defaults);
  const { identify } = createCellIdentifier(task.name, defaults);
  const cells = new Map<string, Cell>();
  let duplicates = 0;
  let excluded = 0;
  for (const point of points) {
    if (conditions.length > 0) {
      const parameters = { ...defaults, ...point };
      if (!conditions.every((condition) => holdsFor(condition, parameters, specification))) {
        excluded += 1;
        continue;
      }
    }
    // Random values, and parameters that a task checks together, can be wrong where each listed value is right.
    const checked = check(point);
    if (checked.state === 'wrong') {
      const { name, issue } = checked;
      const message = `A point of the plan has ${name} = ${showValue(issue.input)}, which must be ${expectation(issue)}.`;
      return fail([problemAt(placeOf(name), message)]);
    }
    const cell = identify(checked.values);
    if (cells.has(cell.hash)) duplicates += 1;
    else cells.set(cell.hash, cell);
    if (cells.size === most) break;
  }
  return { cells: [...cells.values()], duplicates, excluded };
}

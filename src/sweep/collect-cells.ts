/**
 * From points to cells: complete, held against the conditions, checked by the task, hashed, each once.
 *
 * This is the only loop of planning that meets every cell: a plan has up to a million of them.
 */
import { UserError } from '../errors.js';
import type { Point } from '../samplers/domain.js';
import type { Task } from '../tasks/task.js';
import type { ParameterValues } from '../training/trial.js';
import { identifyCell } from './cell-identity.js';
import type { Cell } from './cell.js';
import type { Condition } from './specification/condition.js';
import { expectation, showValue } from './specification/expectation.js';
import type { SweepSpecification } from './specification/load-specification.js';

export type PlannableTask = Pick<Task, 'name' | 'parameters'>;

export interface IndexedCondition {
  readonly expression: string;
  readonly index: number;
  readonly holds: Condition;
}

export const conditionHint =
  'A condition is true or false, e.g. `rtol <= 1e-4 && solver == "tsit5"`; it may use && || ! == != < <= > >= in.';

export function collectCells(
  specification: SweepSpecification,
  task: PlannableTask,
  points: Iterable<Point>,
  conditions: readonly IndexedCondition[],
): { readonly cells: readonly Cell[]; readonly duplicates: number } {
  const { method, runCap, problemAt, placeOf, fail } = specification;
  const defaults = defaultsOf(task);
  const cells = new Map<string, Cell>();
  let duplicates = 0;
  for (const point of points) {
    const parameters = { ...defaults, ...point };
    if (!conditions.every((condition) => evaluate(condition, parameters, specification))) continue;
    // Random values, and parameters that a task checks together, can be wrong where each listed value is right.
    const checked = task.parameters.safeParse(parameters, { reportInput: true });
    if (!checked.success) {
      const [issue] = checked.error.issues;
      const name = String(issue.path[0] ?? '');
      const message = `A point of the plan has ${name} = ${showValue(issue.input)}, which must be ${expectation(issue)}.`;
      return fail([problemAt(placeOf(name), message)]);
    }
    const cell = identifyCell(task.name, checked.data);
    if (cells.has(cell.hash)) duplicates += 1;
    else cells.set(cell.hash, cell);
    if (method === 'grid' && cells.size === runCap) break;
  }
  return { cells: [...cells.values()], duplicates };
}

function defaultsOf({ name, parameters }: PlannableTask): ParameterValues {
  const result = parameters.safeParse({});
  if (result.success) return result.data;
  const missing = result.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new UserError('usage', `The task ${name} has parameters without a valid default: ${missing}.`, {
    hint: 'Give each parameter of the task a `.default(…)`.',
  });
}

function evaluate(condition: IndexedCondition, point: Point, { problemAt, fail }: SweepSpecification): boolean {
  try {
    return condition.holds(point);
  } catch (error) {
    const [why] = String(error instanceof Error ? error.message : error).split('\n');
    const message = `The condition \`${condition.expression}\` cannot be evaluated: ${why}.`;
    return fail([problemAt(['where', condition.index], message, conditionHint)]);
  }
}

/**
 * Whether a task takes a point of the plan, and the values that it then has.
 *
 * A task that only checks parameters one by one is asked once for each value of each: a plan of a million cells has
 * few of them.
 */
import type { z } from 'zod';
import type { Point } from '../../samplers/domain.js';
import type { Task } from '../../tasks/task.js';
import type { ParameterValue, ParameterValues } from '../../training/trial.js';

export type PointCheck =
  /** Of the names that the point has, and of others where the task decides them together. */
  | { readonly state: 'ok'; readonly values: ParameterValues }
  /** The first thing that is wrong, and with which parameter. */
  | { readonly state: 'wrong'; readonly name: string; readonly issue: z.core.$ZodIssue };

/** Whether the task has rules about the whole object (`refine`): they need the whole object. */
export function checksTogether({ parameters }: Pick<Task, 'parameters'>): boolean {
  return (parameters.def.checks ?? []).length > 0;
}

/** @param defaults of all parameters */
export function createPointCheck(
  task: Pick<Task, 'parameters'>,
  defaults: ParameterValues,
): (point: Point) => PointCheck {
  const { parameters } = task;
  if (checksTogether(task)) {
    return (point) => {
      const checked = parameters.safeParse({ ...defaults, ...point }, { reportInput: true });
      if (checked.success) return { state: 'ok', values: checked.data };
      const [issue] = checked.error.issues;
      return { state: 'wrong', name: String(issue.path[0] ?? ''), issue };
    };
  }
  const schemas: Readonly<Record<string, z.ZodType>> = parameters.shape;
  const taken = new Map(Object.keys(schemas).map((name) => [name, new Map<ParameterValue, ParameterValue>()]));
  return (point) => {
    const values: Record<string, ParameterValue> = {};
    for (const name in point) {
      const given = point[name];
      const known = taken.get(name)?.get(given);
      if (known !== undefined) {
        values[name] = known;
        continue;
      }
      const checked = schemas[name].safeParse(given, { reportInput: true });
      if (!checked.success) return { state: 'wrong', name, issue: checked.error.issues[0] };
      values[name] = checked.data as ParameterValue;
      taken.get(name)?.set(given, values[name]);
    }
    return { state: 'ok', values };
  };
}

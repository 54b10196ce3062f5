/** What a plan needs of a task: its name, and the parameters with their defaults. */
import { UserError } from '../../errors.js';
import type { Task } from '../../tasks/task.js';
import type { ParameterValues } from '../../training/trial.js';

export type PlannableTask = Pick<Task, 'name' | 'parameters'>;

/** @throws UserError if a parameter of the task has no default */
export function defaultsOf({ name, parameters }: PlannableTask): ParameterValues {
  const result = parameters.safeParse({});
  if (result.success) return result.data;
  const missing = result.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new UserError('usage', `The task ${name} has parameters without a valid default: ${missing}.`, {
    hint: 'Give each parameter of the task a `.default(…)`.',
  });
}

/**
 * Conditions of a sweep file that know where they stand: `where` leaves cells out, `when` holds parameters still.
 */
import type { Point } from '../../samplers/domain.js';
import { compileCondition, type Condition } from '../specification/condition.js';
import type { SweepSpecification } from '../specification/load-specification.js';
import { suggestName } from '../specification/nearest-name.js';
import type { Problem } from '../specification/problem.js';
import type { Path } from '../specification/yaml-source.js';

export interface PlacedCondition {
  readonly expression: string;
  readonly path: Path;
  readonly holds: Condition;
}

export type PlacedConditionResult =
  | { readonly state: 'ok'; readonly condition: PlacedCondition }
  | { readonly state: 'wrong'; readonly problem: Problem };

const hint =
  'A condition is true or false, e.g. `rtol <= 1e-4 && solver == "tsit5"`; it may use && || ! == != < <= > >= in.';

/** @param known names of the task's parameters */
export function compileAt(
  expression: string,
  path: Path,
  known: readonly string[],
  { problemAt }: SweepSpecification,
): PlacedConditionResult {
  const compiled = compileCondition(expression, known);
  if (compiled.state === 'ok') return { state: 'ok', condition: { expression, path, holds: compiled.condition } };
  const advice = compiled.unknown === null ? hint : suggestName(compiled.unknown, known);
  const message = `The condition \`${expression}\` is wrong: ${compiled.message}.`;
  return { state: 'wrong', problem: problemAt(path, message, advice) };
}

/** @param point with every parameter of the task @throws UserError if the condition is neither true nor false for it */
export function holdsFor(
  { expression, path, holds }: PlacedCondition,
  point: Point,
  { problemAt, fail }: SweepSpecification,
): boolean {
  try {
    return holds(point);
  } catch (error) {
    const [why] = String(error instanceof Error ? error.message : error).split('\n');
    return fail([problemAt(path, `The condition \`${expression}\` cannot be evaluated: ${why}.`, hint)]);
  }
}

/**
 * From a sweep file and its task to cells: each checked, complete and hashed before anything runs.
 */
import type { z } from 'zod';
import { UserError } from '../errors.js';
import type { Domain, Point, Space } from '../samplers/domain.js';
import { gridPoints, gridSize } from '../samplers/grid.js';
import { randomPoint } from '../samplers/random-points.js';
import type { Task } from '../tasks/task.js';
import type { ParameterValues } from '../training/trial.js';
import { identifyCell } from './cell-identity.js';
import type { Cell } from './cell.js';
import { compileCondition, type Condition } from './specification/condition.js';
import { adviceFor, expectation, showValue } from './specification/expectation.js';
import type { SweepSpecification } from './specification/load-specification.js';
import { suggestName } from './specification/nearest-name.js';
import type { SweepLimits } from './specification/limits.js';
import type { Problem } from './specification/problem.js';
import type { SweepDeclaration } from './store.js';

export interface Plan {
  readonly declaration: SweepDeclaration;
  /** In the order in which they run; every hash once. */
  readonly cells: readonly Cell[];
  /** Whether cells are repeated over seeds. */
  readonly repeated: boolean;
  readonly workers: number | null;
  readonly limits: SweepLimits;
  readonly warnings: readonly string[];
}

export type PlannableTask = Pick<Task, 'name' | 'parameters'>;

/** More than anyone's database should be asked to hold by a slip of the pen. */
const mostCells = 1_000_000;

const conditionHint =
  'A condition is true or false, e.g. `rtol <= 1e-4 && solver == "tsit5"`; it may use && || ! == != < <= > >= in.';

/**
 * @throws UserError telling everything that does not fit the task, with its place
 */
export function planSweep(specification: SweepSpecification, task: PlannableTask): Plan {
  const { domains, where, problemAt, fail } = specification;
  const known = Object.keys(task.parameters.shape);
  const problems = [...domainProblems(specification, task, known), ...sizeProblems(specification)];
  const conditions = where.flatMap((expression, index) => {
    const compiled = compileCondition(expression, known);
    if (compiled.state === 'ok') return [{ expression, index, holds: compiled.condition }];
    const hint = compiled.unknown === null ? conditionHint : suggestName(compiled.unknown, known);
    problems.push(problemAt(['where', index], `The condition \`${expression}\` is wrong: ${compiled.message}.`, hint));
    return [];
  });
  if (problems.length > 0) fail(problems);

  const { cells, duplicates } = collectCells(specification, task, conditions);
  if (cells.length === 0) {
    const message = 'No cell is left: the conditions of `where` hold for none of the combinations.';
    fail([problemAt(['where'], message, 'Loosen a condition, or add values for which it holds.')]);
  }
  const axes = Array.from(domains).flatMap(([name, domain]) => (isFixed(domain) ? [] : [name]));
  const { name, seed, objectives, json, workers, limits, warnings } = specification;
  const equal = duplicates === 1 ? '1 cell was equal to another' : `${duplicates} cells were equal to others`;
  return {
    declaration: { name, task: task.name, seed, objectives, axes, specification: json },
    cells,
    repeated: axes.includes('seed'),
    workers,
    limits,
    warnings: duplicates === 0 ? warnings : [...warnings, `${equal}: equal cells run once.`],
  };
}

function isFixed(domain: Domain): boolean {
  return domain.kind === 'values' ? new Set(domain.values).size === 1 : domain.min === domain.max;
}

/** Names that the task does not have, and values that it does not take. */
function* domainProblems(
  { domains, problemAt, placeOf }: SweepSpecification,
  { name: taskName, parameters }: PlannableTask,
  known: readonly string[],
): Generator<Problem> {
  for (const [name, domain] of domains) {
    if (!known.includes(name)) {
      const message = `The task ${taskName} has no parameter "${name}".`;
      yield problemAt(placeOf(name), message, suggestName(name, known), 'key');
      continue;
    }
    const schema: z.ZodType = parameters.shape[name as keyof typeof parameters.shape];
    const probes = domain.kind === 'values' ? domain.values : [domain.min, domain.max];
    for (const [index, value] of probes.entries()) {
      const result = schema.safeParse(value, { reportInput: true });
      if (result.success) continue;
      const [issue] = result.error.issues;
      const message = `${name} must be ${expectation(issue)}, not ${showValue(value)}.`;
      const meaning = schema.description === undefined ? undefined : `${name} is: ${schema.description}.`;
      yield problemAt(placeOf(name, index), message, adviceFor(issue) ?? meaning);
    }
  }
}

function* sizeProblems({ method, domains, runCap, problemAt }: SweepSpecification): Generator<Problem> {
  const size = method === 'grid' ? gridSize(domains) : (runCap ?? 0) * gridSize(repeatedSeeds(domains));
  if (size <= mostCells) return;
  const message = `The plan has ${size} cells, but ${mostCells} are the most.`;
  yield problemAt([method === 'grid' ? 'parameters' : 'run_cap'], message, 'List fewer values, or split the sweep.');
}

interface IndexedCondition {
  readonly expression: string;
  readonly index: number;
  readonly holds: Condition;
}

function collectCells(
  specification: SweepSpecification,
  task: PlannableTask,
  conditions: readonly IndexedCondition[],
): { readonly cells: readonly Cell[]; readonly duplicates: number } {
  const { method, runCap, problemAt, placeOf, fail } = specification;
  const defaults = defaultsOf(task);
  const cells = new Map<string, Cell>();
  let duplicates = 0;
  for (const point of points(specification)) {
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

/** Seeds outermost, so that the early picture of a long sweep is all of its points. */
function* points({ method, domains, runCap, seed }: SweepSpecification): Generator<Point> {
  if (method === 'grid') {
    yield* gridPoints(domains);
    return;
  }
  const seeds = repeatedSeeds(domains);
  const drawn = new Map(Array.from(domains).filter(([name]) => !seeds.has(name)));
  for (const repeat of gridPoints(seeds)) {
    for (let index = 0; index < (runCap ?? 0); index += 1) yield { ...randomPoint(drawn, seed, index), ...repeat };
  }
}

/** Listed seeds repeat every random point; they are not drawn. */
function repeatedSeeds(domains: Space): Space {
  return new Map(Array.from(domains).filter(([name, { kind }]) => name === 'seed' && kind === 'values'));
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

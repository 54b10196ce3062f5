/**
 * From a sweep file and its task to cells: each checked, complete and hashed before anything runs.
 */
import type { z } from 'zod';
import type { Point } from '../samplers/domain.js';
import { gridPoints, gridSize } from '../samplers/grid.js';
import { randomPoint } from '../samplers/random-points.js';
import type { Task } from '../tasks/task.js';
import type { ParameterValues } from '../training/trial.js';
import { identifyCell } from './cell-identity.js';
import type { Cell } from './cell.js';
import { compileCondition, type Condition } from './specification/condition.js';
import type { SweepSpecification } from './specification/load-specification.js';
import { suggestName } from './specification/nearest-name.js';
import type { Problem } from './specification/problem.js';
import type { Path } from './specification/yaml-source.js';
import type { SweepDeclaration } from './store.js';

export interface Plan {
  readonly declaration: SweepDeclaration;
  /** In the order in which they run; every hash once. */
  readonly cells: readonly Cell[];
  /** Whether cells are repeated over seeds. */
  readonly repeated: boolean;
  readonly workers: number | null;
  readonly memoryMegabytes: number | null;
  readonly warnings: readonly string[];
}

export type PlannableTask = Pick<Task, 'name' | 'parameters'>;

/** More than anyone's database should be asked to hold by a slip of the pen. */
const mostCells = 1_000_000;

/**
 * @param taskName what trials are told to run: a built-in task's name or the path of a module
 * @throws UserError telling everything that does not fit the task, with its place
 */
export function planSweep(specification: SweepSpecification, task: PlannableTask, taskName = task.name): Plan {
  const { domains, where, problemAt, fail } = specification;
  const known = Object.keys(task.parameters.shape);
  const problems = [...domainProblems(specification, task, known)];
  const conditions = where.map((expression, index) => {
    const compiled = compileCondition(expression, known);
    if (compiled.state === 'ok') return compiled.condition;
    const path = ['where', index];
    const hint = compiled.unknown === null ? undefined : suggestName(compiled.unknown, known);
    problems.push(problemAt(path, `The condition \`${expression}\` cannot be used: ${compiled.message}.`, hint));
    return () => false;
  });
  const size = specification.method === 'grid' ? gridSize(domains) : (specification.runCap ?? 0);
  if (size > mostCells) {
    problems.push(problemAt(['parameters'], `The plan has ${size} cells; ${mostCells} are the most.`));
  }
  if (problems.length > 0) fail(problems);

  const { cells, duplicates } = collectCells(specification, task, taskName, conditions);
  if (cells.length === 0) {
    fail([problemAt(['where'], 'No cell is left: the conditions of `where` hold for none of the combinations.')]);
  }
  const axes = Array.from(domains).flatMap(([name, domain]) =>
    domain.kind === 'values' && domain.values.length === 1 ? [] : [name],
  );
  const { name, seed, objectives, json, workers, memoryMegabytes, warnings } = specification;
  return {
    declaration: { name, task: taskName, seed, objectives, axes, specification: json },
    cells,
    repeated: axes.includes('seed'),
    workers,
    memoryMegabytes,
    warnings: duplicates === 0 ? warnings : [...warnings, `${duplicates} cells were equal to others and are run once.`],
  };
}

/** Names that the task does not have, and values that it does not take. */
function* domainProblems(
  { domains, problemAt }: SweepSpecification,
  { name: taskName, parameters }: PlannableTask,
  known: readonly string[],
): Generator<Problem> {
  for (const [name, domain] of domains) {
    const path: Path = ['parameters', name];
    if (!known.includes(name)) {
      yield problemAt(path, `The task ${taskName} has no parameter "${name}".`, suggestName(name, known));
      continue;
    }
    const schema: z.ZodType = parameters.shape[name as keyof typeof parameters.shape];
    const probes = domain.kind === 'values' ? domain.values : [domain.min, domain.max];
    for (const [index, value] of probes.entries()) {
      const result = schema.safeParse(value);
      if (result.success) continue;
      const place = domain.kind === 'values' ? [...path, 'values', index] : path;
      const shown = typeof value === 'string' ? `"${value}"` : String(value);
      const numeric = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
      const hint = numeric ? 'Write the number without quotes.' : schema.description;
      yield problemAt(place, `${name} cannot be ${shown}: ${reasonOf(result.error)}.`, hint);
    }
  }
}

function reasonOf({ issues: [issue] }: z.ZodError): string {
  if (issue.code !== 'invalid_union') return issue.message;
  return issue.errors.map(([first]) => first.message).join(', or ');
}

function collectCells(
  specification: SweepSpecification,
  task: PlannableTask,
  taskName: string,
  conditions: readonly Condition[],
): { readonly cells: readonly Cell[]; readonly duplicates: number } {
  const defaults = task.parameters.parse({}) as ParameterValues;
  const cells = new Map<string, Cell>();
  let duplicates = 0;
  for (const point of points(specification)) {
    const parameters = { ...defaults, ...point };
    if (!conditions.every((holds) => evaluate(holds, parameters, specification))) continue;
    const cell = identifyCell(taskName, parameters);
    if (cells.has(cell.hash)) duplicates += 1;
    else cells.set(cell.hash, cell);
    if (specification.method === 'grid' && cells.size === specification.runCap) break;
  }
  return { cells: [...cells.values()], duplicates };
}

function* points({ method, domains, runCap, seed }: SweepSpecification): Generator<Point> {
  if (method === 'grid') yield* gridPoints(domains);
  else for (let index = 0; index < (runCap ?? 0); index += 1) yield randomPoint(domains, seed, index);
}

function evaluate(condition: Condition, parameters: Point, { problemAt, fail }: SweepSpecification): boolean {
  try {
    return condition(parameters);
  } catch (error) {
    const [why] = String(error instanceof Error ? error.message : error).split('\n');
    return fail([problemAt(['where'], `A condition cannot be evaluated: ${why}.`)]);
  }
}

/**
 * From a sweep file and its task to cells: each checked, complete and hashed before anything runs.
 */
import type { z } from 'zod';
import type { Pruner } from '../pruners/pruner.js';
import type { Domain, Point, Space } from '../samplers/domain.js';
import { gridPoints, gridSize } from '../samplers/grid.js';
import { randomPoint } from '../samplers/random-points.js';
import type { Cell } from './cell.js';
import { collectCells, conditionHint, type PlannableTask } from './collect-cells.js';
import type { PlanGrowth } from './plan-growth.js';
import { compileCondition } from './specification/condition.js';
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
  /** Trials of a generation (`generations.ts`); null: everything may start at once. */
  readonly generationSize: number | null;
  /** How an adaptive plan grows; null: `cells` is everything. `cells` then holds what is known at the start (generations 0 and 1). */
  readonly growth: PlanGrowth | null;
  /** Early stopping: asked after each epoch; null: every trial runs to its end. */
  readonly pruner: Pruner | null;
  /** With which other trials one is compared: all so far, or those of generations ≤ g−2 only. */
  readonly prunerScope: 'all' | 'generations';
  /** True for trials that go on although the pruner would stop them. */
  readonly spare?: (cell: Cell) => boolean;
  /** Whether cells are repeated over seeds. */
  readonly repeated: boolean;
  readonly workers: number | null;
  readonly limits: SweepLimits;
  readonly warnings: readonly string[];
}

/** More than anyone's database should be asked to hold by a slip of the pen. */
const mostCells = 1_000_000;

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

  const { cells, duplicates } = collectCells(specification, task, points(specification), conditions);
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
    generationSize: null,
    growth: null,
    pruner: null,
    prunerScope: 'all',
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

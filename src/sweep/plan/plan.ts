/**
 * From a sweep file and its task to cells: each checked, complete and hashed before anything runs.
 */
import { isFixed } from '../../samplers/domain.js';
import { createActivation } from './activation.js';
import { adaptivePlan } from './adaptive-plan.js';
import type { Cell } from '../cell.js';
import { collectCells } from './collect-cells.js';
import { gridCells, type AxisLength } from './grid-cells.js';
import { compileAt } from './placed-condition.js';
import { prioritizeBy } from '../coordinator/order.js';
import { extraPoints, planPoints } from './plan-points.js';
import { pointProblems, sizeProblems, valueProblems } from './plan-problems.js';
import { defaultsOf, type PlannableTask } from './plannable-task.js';
import type { SweepPlan } from './sweep-plan.js';
import { generationWarnings, stoppingOf } from './plan-stopping.js';
import type { SweepLimits } from '../specification/limits.js';
import type { SweepSpecification } from '../specification/load-specification.js';

export interface Plan extends SweepPlan {
  /** Of `cells` one of each group: nothing but a trial's own numbers depends on its seed. */
  readonly settings: readonly Cell[];
  /** Of a whole grid; null of every other plan. */
  readonly shape: readonly AxisLength[] | null;
  /** Whether cells are repeated over seeds. */
  readonly repeated: boolean;
  readonly workers: number | null;
  readonly limits: SweepLimits;
  readonly warnings: readonly string[];
}

/**
 * @throws UserError telling everything that does not fit the task, with its place
 */
export function planSweep(specification: SweepSpecification, task: PlannableTask): Plan {
  const { method, where, runCap, problemAt, fail } = specification;
  const defaults = defaultsOf(task);
  const compiled = where.map((expression, index) =>
    compileAt(expression, ['where', index], Object.keys(defaults), specification),
  );
  const conditions = compiled.flatMap((result) => (result.state === 'ok' ? [result.condition] : []));
  const activated = createActivation(specification, defaults);
  const problems = [
    ...valueProblems(specification, task),
    ...sizeProblems(specification),
    ...compiled.flatMap((result) => (result.state === 'ok' ? [] : [result.problem])),
  ];
  if (activated.state === 'wrong') return fail([...problems, ...activated.problems]);
  if (problems.length > 0) fail(problems);
  const { activation } = activated;
  const misplaced = [...pointProblems(specification, task, activation, conditions)];
  if (misplaced.length > 0) fail(misplaced);

  const grid = gridCells(specification, task);
  const extras = new Set(Array.from(extraPoints(specification, activation), (point) => JSON.stringify(point))).size;
  const { cells, duplicates, excluded, generationSize, growth } =
    method === 'nsga2' || method === 'tpe'
      ? { ...adaptivePlan(specification, method, task, activation, conditions), duplicates: 0, excluded: 0 }
      : {
          ...(grid === null
            ? collectCells(
                specification,
                task,
                planPoints(specification, activation),
                conditions,
                method === 'grid' && runCap !== null ? runCap + extras : Infinity,
              )
            : { cells: grid.cells, duplicates: 0, excluded: 0 }),
          generationSize: null,
          growth: null,
        };
  // Where points are drawn, run_cap counts them before the conditions.
  const isDrawn = method !== 'grid' && growth === null;
  if (cells.length === 0) {
    const none = isDrawn ? `none of the ${excluded} points drawn` : 'none of the combinations';
    const message = `No cell is left: the conditions of \`where\` hold for ${none}.`;
    const more = isDrawn ? 'raise run_cap' : 'add values for which it holds';
    fail([problemAt(['where'], message, `Loosen a condition, or ${more}.`)]);
  }
  const stopping = stoppingOf(specification);
  const axes = axesOf(specification, cells, extras);
  const { name, seed, objectives, json, workers, limits, warnings, order } = specification;
  const prioritize = prioritizeBy(order, objectives);
  const equal = duplicates === 1 ? '1 cell was equal to another' : `${duplicates} cells were equal to others`;
  return {
    declaration: { name, task: task.name, seed, objectives, axes, specification: json },
    cells,
    ...(grid === null ? {} : { digest: grid.digest }),
    settings: grid?.settings ?? settingsOf(cells),
    shape: grid?.shape ?? null,
    growth,
    ...stopping,
    ...(prioritize === null ? {} : { prioritize }),
    generationSize: generationSize ?? stopping.generationSize,
    repeated: axes.includes('seed'),
    workers,
    limits,
    warnings: [
      ...warnings,
      ...(duplicates === 0 ? [] : [`${equal}: equal cells run once.`]),
      ...(isDrawn && excluded > 0
        ? [`The conditions of \`where\` leave out ${excluded} of the points drawn: raise run_cap for more.`]
        : []),
      ...generationWarnings(specification, growth?.total ?? cells.length),
    ],
  };
}

function settingsOf(cells: readonly Cell[]): readonly Cell[] {
  const settings = new Map<string, Cell>();
  for (const cell of cells) if (!settings.has(cell.group)) settings.set(cell.group, cell);
  return [...settings.values()];
}

/** The parameters that the file varies, then those that single points vary besides. */
function axesOf({ domains, points }: SweepSpecification, cells: readonly Cell[], extras: number): readonly string[] {
  const declared = Array.from(domains).flatMap(([name, domain]) => (isFixed(domain) ? [] : [name]));
  const added = points.flatMap((point) => Object.keys(point).filter((name) => !declared.includes(name)));
  // The first cells are the points, the next is one of the method's.
  const compared = cells.slice(0, extras + 1);
  const differs = (name: string): boolean => new Set(compared.map(({ parameters }) => parameters[name])).size > 1;
  return [...declared, ...new Set(added.filter(differs))];
}

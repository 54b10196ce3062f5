/**
 * The plan of a search that learns from results (nsga2, tpe): cells of generation g from the results of generations ≤ g − 2.
 *
 * Invariant: a generation is a pure function of the sweep file, the task and the history before it, whole generations at a
 * time: a search that stopped within one, for run_cap or for a kill, goes on as if it had not.
 * All seeds of a point belong to one generation; what the sampler sees is their mean. A trial that gave no result is
 * worse than any that did.
 */
import type { Point } from '../../samplers/domain.js';
import type { GenerationalSampler, Observation } from '../../samplers/generational-sampler.js';
import { gridPoints } from '../../samplers/grid.js';
import { createNsga2 } from '../../samplers/nsga2.js';
import { createTpe } from '../../samplers/tpe.js';
import type { ParameterValues } from '../../training/trial.js';
import type { Activation } from './activation.js';
import { identifyCell } from './cell-identity.js';
import type { Cell } from '../cell.js';
import { collectCells } from './collect-cells.js';
import { meanCosts } from '../monitor/monitor-objectives.js';
import { holdsFor, type PlacedCondition } from './placed-condition.js';
import type { HistoryEntry, PlanGrowth } from './plan-growth.js';
import { drawnAxes, extraPoints, planPoints, repeatedSeeds } from './plan-points.js';
import { defaultsOf, type PlannableTask } from './plannable-task.js';
import type { SweepSpecification } from '../specification/load-specification.js';

export interface AdaptivePlan {
  /** Of the first two generations, which need no results. */
  readonly cells: readonly Cell[];
  /** In trials. */
  readonly generationSize: number;
  readonly growth: PlanGrowth;
}

/** @throws UserError if a point of the first generations does not suit the task */
export function adaptivePlan(
  specification: SweepSpecification,
  method: 'nsga2' | 'tpe',
  task: PlannableTask,
  activation: Activation,
  conditions: readonly PlacedCondition[],
): AdaptivePlan {
  const { axes, seed, runCap, generationSize: size } = specification;
  if (size === null || runCap === null) throw new Error(`Method ${method} without generations or an end.`);
  const sampler = (method === 'nsga2' ? createNsga2 : createTpe)(drawnAxes(axes), seed, size);
  const repeats = [...gridPoints(repeatedSeeds(axes))];
  const extras = collectCells(specification, task, extraPoints(specification, activation), conditions, Infinity).cells;
  const plan: Search = {
    specification,
    task,
    defaults: defaultsOf(task),
    activation,
    conditions,
    sampler,
    repeats,
    size: size * repeats.length,
    extras,
  };
  const total = runCap * repeats.length + extras.length;
  const first = generation(plan, 0, []);
  // Tells why, if it is that the task refuses the points.
  if (first.length === 0) collectCells(specification, task, planPoints(specification, activation), conditions, 1);
  const second = generation(
    plan,
    1,
    first.map((cell) => ({ cell, state: 'queued', result: null })),
  );
  const cells = first.length < plan.size ? first : [...first, ...second];
  return {
    cells: cells.slice(0, total),
    generationSize: plan.size,
    growth: {
      total,
      next: (history) => {
        const index = Math.floor(history.length / plan.size);
        const begun = index * plan.size;
        const whole = generation(plan, index, history.slice(0, begun));
        const there = new Set(history.slice(begun).map(({ cell }) => cell.hash));
        return whole.slice(history.length - begun, total - begun).filter(({ hash }) => !there.has(hash));
      },
    },
  };
}

interface Search {
  readonly specification: SweepSpecification;
  readonly task: PlannableTask;
  readonly defaults: ParameterValues;
  readonly activation: Activation;
  readonly conditions: readonly PlacedCondition[];
  readonly sampler: GenerationalSampler;
  /** Seeds that every point runs with. */
  readonly repeats: readonly Point[];
  /** Trials of a generation. */
  readonly size: number;
  /** Cells of single points, which come before all others. */
  readonly extras: readonly Cell[];
}

/** @param before the trials of all earlier generations */
function generation(search: Search, index: number, before: readonly HistoryEntry[]): readonly Cell[] {
  const { sampler, activation, extras, size, specification } = search;
  const given = extras.slice(index * size, (index + 1) * size);
  const taken = new Set([...extras, ...before.map(({ cell }) => cell)].map(({ hash }) => hash));
  const known = before.slice(0, Math.max(0, (index - 1) * size));
  const cells = new Map<Point, readonly Cell[]>();
  const claim = (point: Point): boolean => {
    const proposed = cellsOf(search, activation.settle(point));
    if (proposed === null || proposed.some(({ hash }) => taken.has(hash))) return false;
    for (const { hash } of proposed) taken.add(hash);
    cells.set(point, proposed);
    return true;
  };
  const points =
    given.length === size ? [] : sampler.generation(index, observations(known, specification, activation), claim);
  return [...given, ...points.flatMap((point) => cells.get(point) ?? [])].slice(0, size);
}

/** The point with each seed; null: conditions leave it out, or the task refuses it. */
function cellsOf(
  { task, defaults, conditions, repeats, specification }: Search,
  values: Point,
): readonly Cell[] | null {
  const cells: Cell[] = [];
  for (const repeat of repeats) {
    const parameters = { ...defaults, ...values, ...repeat };
    if (!conditions.every((condition) => holdsFor(condition, parameters, specification))) return null;
    const checked = task.parameters.safeParse(parameters);
    if (!checked.success) return null;
    cells.push(identifyCell(task.name, checked.data));
  }
  return cells;
}

/** One a point, in the order in which points were first tried. */
function observations(
  history: readonly HistoryEntry[],
  { objectives }: SweepSpecification,
  { unsettle }: Activation,
): readonly Observation[] {
  const groups = new Map<string, HistoryEntry[]>();
  for (const entry of history) {
    const members = groups.get(entry.cell.group);
    if (members === undefined) groups.set(entry.cell.group, [entry]);
    else members.push(entry);
  }
  return Array.from(groups.values(), (members) => {
    const results = members.flatMap(({ result }) => result ?? []);
    return { point: unsettle(members[0].cell.parameters), costs: meanCosts(results, objectives) };
  });
}

/**
 * The cells of a whole grid: each is made when someone looks at it, and a digest names all of them.
 *
 * A grid of which nothing is left out is a product: its cells follow from the fixed parameters and the values of each axis, and so
 * does their order, which is that of `gridPoints`. Of 100,000 cells most are never looked at where their trials have ended.
 *
 * Invariant: equal digests only where all cells and their order are equal. Everything that a cell is made of is in it; the way
 * from there to a hash is, too, by the hash of the first cell. Unequal digests mean nothing.
 *
 * Known limits: where conditions, zips or single points take part, or a task checks its parameters together, only a look at each
 * point tells what becomes of it.
 */
import { hash } from 'node:crypto';
import { gridAxes, gridSize, type GridAxis } from '../../samplers/grid.js';
import type { ParameterValue, ParameterValues } from '../../training/trial.js';
import type { Cell } from '../cell.js';
import type { SweepSpecification } from '../specification/load-specification.js';
import { createCellIdentifier, type CellIdentifier } from './cell-identity.js';
import { checksTogether, createPointCheck } from './check-point.js';
import { defaultsOf, type PlannableTask } from './plannable-task.js';

export interface GridCells {
  readonly cells: readonly Cell[];
  /** One of each group, in order: a grid varies its seeds slowest. */
  readonly settings: readonly Cell[];
  /** Values of each axis that varies, slowest first; null where `run_cap` takes only the beginning of the grid. */
  readonly shape: readonly AxisLength[] | null;
  readonly digest: string;
}

export interface AxisLength {
  readonly name: string;
  readonly values: number;
}

/** @returns null where the points have to be looked at one by one */
export function gridCells(specification: SweepSpecification, task: PlannableTask): GridCells | null {
  const { method, axes, points, where, whens, zips, runCap } = specification;
  const isProduct = method === 'grid' && points.length + where.length + whens.size + zips.size === 0;
  if (!isProduct || checksTogether(task)) return null;
  const defaults = defaultsOf(task);
  const taken = takenAxes(gridAxes(axes), task, defaults);
  if (taken === null) return null;
  const length = Math.min(gridSize(axes), runCap ?? Infinity);
  if (length === 0) return null;
  const grid = { axes: taken, identifier: createCellIdentifier(task.name, defaults) };
  const cells = Array.from({ length }, (_, place) => new GridCell(grid, place));
  const seeds = taken.find(({ name }) => name === 'seed')?.values.length ?? 1;
  const settings = cells.slice(0, gridSize(axes) / seeds);
  const lengths = taken.map(({ name, values }) => ({ name, values: values.length }));
  return {
    cells,
    settings,
    shape: length < gridSize(axes) ? null : lengths.filter(({ values }) => values > 1),
    digest: digestOf({ task: task.name, defaults, axes: taken, length, first: cells[0].hash }),
  };
}

interface TakenAxis {
  readonly name: string;
  /** As the task takes them: each another one. */
  readonly values: readonly ParameterValue[];
}

interface Grid {
  /** Slowest first. */
  readonly axes: readonly TakenAxis[];
  readonly identifier: CellIdentifier;
}

/** Parameters are made anew each time: those of all cells that a long run looks at would fill its memory. */
class GridCell implements Cell {
  // Not private to the language: cells that are compared by their fields are to differ.
  private readonly grid: Grid;
  private readonly place: number;
  #hash: string | null = null;

  constructor(grid: Grid, place: number) {
    this.grid = grid;
    this.place = place;
  }

  get hash(): string {
    this.#hash ??= this.#identify().hash;
    return this.#hash;
  }

  get group(): string {
    return this.#identify().group;
  }

  get parameters(): ParameterValues {
    return this.grid.identifier.complete(pointAt(this.grid.axes, this.place));
  }

  #identify(): Cell {
    return this.grid.identifier.identify(pointAt(this.grid.axes, this.place));
  }
}

/** The place in a grid as digits, one an axis. */
function pointAt(axes: readonly TakenAxis[], place: number): ParameterValues {
  const point: Record<string, ParameterValue> = Object.fromEntries(axes.map(({ name, values }) => [name, values[0]]));
  let rest = place;
  for (let k = axes.length - 1; k >= 0; k -= 1) {
    const { name, values } = axes[k];
    point[name] = values[rest % values.length];
    rest = Math.floor(rest / values.length);
  }
  return point;
}

/** @returns null where the task refuses a value, or takes two for one */
function takenAxes(
  axes: readonly GridAxis[],
  task: PlannableTask,
  defaults: ParameterValues,
): readonly TakenAxis[] | null {
  const check = createPointCheck(task, defaults);
  const taken: TakenAxis[] = [];
  for (const { name, values } of axes) {
    const checked = values.map((value) => check({ [name]: value }));
    const accepted = checked.flatMap((each) => (each.state === 'ok' ? [each.values[name]] : []));
    if (new Set(accepted.map(canonical)).size < values.length) return null;
    taken.push({ name, values: accepted });
  }
  return taken;
}

interface Ingredients {
  readonly task: string;
  readonly defaults: ParameterValues;
  readonly axes: readonly TakenAxis[];
  readonly length: number;
  readonly first: string;
}

/** An axis of one value is a fixed parameter. */
function digestOf({ task, defaults, axes, length, first }: Ingredients): string {
  const varying = axes.filter(({ values }) => values.length > 1);
  const single = axes.filter(({ values }) => values.length === 1).map(({ name, values }) => [name, values[0]] as const);
  const fixed = Object.entries({ ...defaults, ...Object.fromEntries(single) })
    .filter(([name]) => !varying.some((axis) => axis.name === name))
    .map(([name, value]) => [name, canonical(value)])
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const digits = varying.map(({ name, values }) => [name, values.map(canonical)]);
  return hash('sha256', JSON.stringify([task, fixed, digits, length, first]), 'hex');
}

/** −0 is 0, in words as in a cell's hash. */
function canonical(value: ParameterValue): string {
  return JSON.stringify(value === 0 ? 0 : value);
}

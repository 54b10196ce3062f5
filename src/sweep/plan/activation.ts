/**
 * From a point of the axes to values of parameters: zipped parameters take theirs from one row, and a parameter whose
 * `when` does not hold takes the task's default.
 *
 * Conditions are asked in an order in which each finds what it speaks of settled; conditions that go in a circle have none.
 */
import type { Domain, Point } from '../../samplers/domain.js';
import type { ParameterValues } from '../../training/trial.js';
import { compileAt, holdsFor, type PlacedCondition } from './placed-condition.js';
import type { SweepSpecification } from '../specification/load-specification.js';
import type { Problem } from '../specification/problem.js';

export interface Activation {
  /** The values that a point of the axes stands for. */
  readonly settle: (point: Point) => Point;
  /** As `settle`, but null for all points of a grid but the first that stand for the same values. */
  readonly settleOnce: (point: Point) => Point | null;
  /** The point of the axes for the values of a cell, without what its cell does not vary. */
  readonly unsettle: (parameters: ParameterValues) => Point;
}

export type ActivationResult =
  | { readonly state: 'ok'; readonly activation: Activation }
  | { readonly state: 'wrong'; readonly problems: readonly Problem[] };

interface Conditional {
  readonly name: string;
  readonly when: PlacedCondition;
  /** Other conditional parameters that the condition speaks of. */
  readonly needs: readonly string[];
}

/** @param defaults of the task */
export function createActivation(specification: SweepSpecification, defaults: ParameterValues): ActivationResult {
  const { zips, axes, domains } = specification;
  const compiled = compileAll(specification, Object.keys(defaults));
  if (compiled.problems.length > 0) return { state: 'wrong', problems: compiled.problems };
  const { conditionals } = compiled;
  const plain = conditionals.length === 0 && zips.size === 0;

  const settle = (point: Point, inactive?: (name: string) => boolean): Point | null => {
    const values: Record<string, Point[string]> = { ...defaults };
    for (const [axis, value] of Object.entries(point)) {
      const rows = zips.get(axis);
      if (rows === undefined) values[axis] = value;
      else Object.assign(values, rows[Number(value)]);
    }
    for (const { name, when } of conditionals) {
      if (holdsFor(when, values, specification)) continue;
      if (inactive?.(name) === false) return null;
      values[name] = defaults[name];
    }
    return values;
  };
  const activation: Activation = {
    settle: (point) => (plain ? point : (settle(point) ?? point)),
    settleOnce: (point) => {
      return plain ? point : settle(point, (name) => point[name] === firstOf(domains.get(name)));
    },
    unsettle: (parameters) => {
      const active = (name: string): boolean =>
        conditionals.every((one) => one.name !== name || holdsFor(one.when, parameters, specification));
      const found = Array.from(axes.keys()).flatMap((axis): readonly (readonly [string, Point[string]])[] => {
        const rows = zips.get(axis);
        if (rows === undefined) return active(axis) ? [[axis, parameters[axis]]] : [];
        const row = rows.findIndex((values) =>
          Object.entries(values).every(([name, value]) => parameters[name] === value),
        );
        return row < 0 ? [] : [[axis, row]];
      });
      return Object.fromEntries(found);
    },
  };
  return { state: 'ok', activation };
}

function firstOf(domain: Domain | undefined): unknown {
  return domain?.kind === 'values' ? domain.values[0] : domain?.min;
}

function compileAll(
  specification: SweepSpecification,
  known: readonly string[],
): { readonly conditionals: readonly Conditional[]; readonly problems: readonly Problem[] } {
  const { whens, placeOf } = specification;
  const problems: Problem[] = [];
  const conditionals = new Map<string, Conditional>();
  for (const [name, expression] of whens) {
    const compiled = compileAt(expression, [...placeOf(name), 'when'], known, specification);
    if (compiled.state === 'wrong') problems.push(compiled.problem);
    else conditionals.set(name, { name, when: compiled.condition, needs: namesIn(expression, whens) });
  }
  const ordered = new Map<string, Conditional>();
  const visit = (one: Conditional, above: readonly string[]): void => {
    if (ordered.has(one.name)) return;
    const chain = [...above, one.name];
    if (above.includes(one.name)) {
      const circle = chain.slice(above.indexOf(one.name)).join(' → ');
      const message = `Whether ${one.name} varies depends on itself: ${circle}.`;
      problems.push(specification.problemAt(one.when.path, message, 'Remove one of the conditions.'));
      ordered.set(one.name, one);
      return;
    }
    for (const name of one.needs) {
      const needed = conditionals.get(name);
      if (needed !== undefined) visit(needed, chain);
    }
    ordered.set(one.name, one);
  };
  for (const conditional of conditionals.values()) visit(conditional, []);
  return { conditionals: [...ordered.values()], problems };
}

/** The names that stand in an expression, outside of text. */
function namesIn(expression: string, names: ReadonlyMap<string, string>): readonly string[] {
  const words = expression.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, ' ').match(/[A-Za-z_]\w*/g) ?? [];
  return [...new Set(words)].filter((word) => names.has(word));
}

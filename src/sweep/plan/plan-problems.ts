/**
 * What of a sweep file does not fit its task or its method: names, values, single points, sizes.
 */
import type { z } from 'zod';
import type { Point, Scalar } from '../../samplers/domain.js';
import { gridSize } from '../../samplers/grid.js';
import { haltonDimensions } from '../../samplers/halton.js';
import { varyingNames } from '../../samplers/point-sequence.js';
import { sobolDimensions } from '../../samplers/sobol-directions.js';
import type { Activation } from './activation.js';
import { holdsFor, type PlacedCondition } from './placed-condition.js';
import { drawnAxes, extraPoints, repeatedSeeds } from './plan-points.js';
import { defaultsOf, type PlannableTask } from './plannable-task.js';
import { adviceFor, expectation, showValue } from '../specification/expectation.js';
import type { SweepSpecification } from '../specification/load-specification.js';
import { suggestName } from '../specification/nearest-name.js';
import type { Problem } from '../specification/problem.js';
import type { Path } from '../specification/yaml-source.js';

/** More than anyone's database should be asked to hold by a slip of the pen. */
const mostCells = 1_000_000;

/** Names that the task does not have, and values that it does not take. */
export function* valueProblems(specification: SweepSpecification, task: PlannableTask): Generator<Problem> {
  const { domains, points, placeOf } = specification;
  for (const [name, domain] of domains) {
    const probes = domain.kind === 'values' ? domain.values : [domain.min, domain.max];
    yield* problemsOf(specification, task, name, placeOf(name), probes, (index) => placeOf(name, index));
  }
  for (const [index, point] of points.entries()) {
    for (const [name, value] of Object.entries(point)) {
      const path = ['points', index, name];
      if (name === 'seed' && domains.has('seed')) {
        const message = `points[${index}] sets seed, but every point runs with all seeds of the sweep.`;
        yield specification.problemAt(path, message, 'Remove it here.', 'key');
      } else yield* problemsOf(specification, task, name, path, [value], () => path);
    }
  }
}

function* problemsOf(
  { problemAt }: SweepSpecification,
  { name: taskName, parameters }: PlannableTask,
  name: string,
  path: Path,
  probes: readonly Scalar[],
  placeOf: (index: number) => Path,
): Generator<Problem> {
  const known = Object.keys(parameters.shape);
  if (!known.includes(name)) {
    yield problemAt(path, `The task ${taskName} has no parameter "${name}".`, suggestName(name, known), 'key');
    return;
  }
  const schema: z.ZodType = parameters.shape[name as keyof typeof parameters.shape];
  for (const [index, value] of probes.entries()) {
    const result = schema.safeParse(value, { reportInput: true });
    if (result.success) continue;
    const [issue] = result.error.issues;
    const message = `${name} must be ${expectation(issue)}, not ${showValue(value)}.`;
    const meaning = schema.description === undefined ? undefined : `${name} is: ${schema.description}.`;
    yield problemAt(placeOf(index), message, adviceFor(issue) ?? meaning);
  }
}

/** More cells, dimensions or axes than the method takes. */
export function* sizeProblems({ method, axes, runCap, points, problemAt }: SweepSpecification): Generator<Problem> {
  const repeats = gridSize(repeatedSeeds(axes));
  const size = (method === 'grid' ? gridSize(axes) : (runCap ?? 0) * repeats) + points.length * repeats;
  if (size > mostCells) {
    const message = `The plan has ${size} cells, but ${mostCells} are the most.`;
    yield problemAt([method === 'grid' ? 'parameters' : 'run_cap'], message, 'List fewer values, or split the sweep.');
  }
  const varying = varyingNames(drawnAxes(axes));
  const dimensions = { sobol: sobolDimensions, halton: haltonDimensions }[method as string] ?? Infinity;
  if (varying.length > dimensions) {
    const message = `Method ${method} has ${dimensions} dimensions, but ${varying.length} parameters vary.`;
    yield problemAt(['method'], message, 'Hold some of them fixed, or use `method: random`.');
  }
  if ((method === 'nsga2' || method === 'tpe') && varying.includes('seed')) {
    const message = `Method ${method} cannot search for a seed.`;
    yield problemAt(
      ['parameters', 'seed'],
      message,
      'Use `repeats`: every point is then judged by its mean over seeds.',
    );
  }
}

/** Single points that the conditions of the file leave out or hold still: what was meant, nobody can tell. */
export function* pointProblems(
  specification: SweepSpecification,
  task: PlannableTask,
  activation: Activation,
  conditions: readonly PlacedCondition[],
): Generator<Problem> {
  const { points, problemAt } = specification;
  const defaults = defaultsOf(task);
  for (const [index, settled] of Array.from(extraPoints(specification, activation)).slice(0, points.length).entries()) {
    const values: Point = { ...defaults, ...settled };
    const given = Object.entries(points[index]);
    const inactive = given.find(([name, value]) => values[name] !== value);
    if (inactive !== undefined) {
      const message = `points[${index}] sets ${inactive[0]}, whose condition \`when\` does not hold there.`;
      yield problemAt(['points', index, inactive[0]], message, 'Remove it here, or mend the point.', 'key');
    }
    const refusing = conditions.find((condition) => !holdsFor(condition, values, specification));
    if (refusing !== undefined) {
      const message = `points[${index}] is left out by the condition \`${refusing.expression}\` of where.`;
      yield problemAt(['points', index], message, 'Remove the point, or loosen the condition.');
    }
  }
}

/**
 * Cells of points that a person adds to a sweep: what a point does not name is as the sweep holds it fixed, else the
 * task's default.
 */
import { UserError } from '../../errors.js';
import type { Cell } from '../cell.js';
import type { PlannableTask } from './plannable-task.js';
import { planSweep } from './plan.js';
import { isFixed } from '../../samplers/domain.js';
import { parseSpecification } from '../specification/load-specification.js';

/** All other settings of a sweep file say which trials there are and how they run, or are parameters of another name. */
const keptSettings = ['name', 'task', 'command', 'program', 'seed'];

/**
 * @param specification JSON of the sweep's file (`SweepDeclaration.specification`)
 * @param points each as on the command line: `rtol=1e-4 seed=1,2`
 * @returns the cells in order; equal ones once
 * @throws UserError naming what does not fit the task
 */
export function planAddition(specification: string, task: PlannableTask, points: readonly string[]): readonly Cell[] {
  const data = JSON.parse(specification) as Readonly<Record<string, unknown>>;
  const { domains, command } = parseSpecification(specification, { file: 'the sweep' });
  // The words of a command may name any parameter of the sweep: another program's default is the first value of each.
  const fixed = [...domains].flatMap(([name, domain]) =>
    isFixed(domain) || command !== null
      ? [[name, { value: domain.kind === 'values' ? domain.values[0] : domain.min }]]
      : [],
  );
  const settings = Object.entries(data).filter(([key]) => keptSettings.includes(key));
  const base = JSON.stringify({ ...Object.fromEntries(settings), parameters: Object.fromEntries(fixed) as unknown });
  const cells = points.flatMap((point) => {
    const file = `the point \`${point}\``;
    return planSweep(parseSpecification(base, { file, overrides: assignments(point) }), task).cells;
  });
  return [...new Map(cells.map((cell) => [cell.hash, cell])).values()];
}

/** As overrides of parameters: a point sets nothing else, so that `seed` is the trial's and not the sweep's. */
function assignments(point: string): readonly string[] {
  const words = point.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0 || !words.every((word) => /^[^=]+=./.test(word))) {
    throw new UserError('usage', `The point "${point}" is not of the form key=value key=value ….`, {
      hint: "E.g. --add 'error_weight=0.3 rtol=1e-4'; a list as in seed=1,2 is a point for each.",
    });
  }
  return words.map((word) => (word.startsWith('repeats=') ? word : `parameters.${word}`));
}

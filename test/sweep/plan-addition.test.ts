/** Points that are added to a running sweep. */
import { expect, test } from 'vitest';
import { freeTask } from '../../src/sweep/plan/free-task.js';
import { planAddition } from '../../src/sweep/plan/plan-addition.js';
import { planSweep } from '../../src/sweep/plan/plan.js';
import { parseSpecification } from '../../src/sweep/specification/load-specification.js';
import { loadTask } from '../../src/tasks/index.js';

const file = `
task: spiral-node
seed: 5
method: random
run_cap: 3
engine: kernels
parameters:
  error_weight: { min: 0.0, max: 1.0 }
  rtol: { values: [1.0e-3, 1.0e-5] }
  epochs: 7
where: error_weight < 0.5
`;

const task = await loadTask('spiral-node');
const plan = planSweep(parseSpecification(file, { file: 'sweep.yaml' }), task);
const add = (...points: readonly string[]) => planAddition(plan.declaration.specification, task, points);

test('a point is as it says, else as the sweep holds it fixed, else the default', () => {
  const [cell] = add('error_weight=0.75');
  const defaults = task.parameters.parse({});
  expect(cell.parameters).toMatchObject({ error_weight: 0.75, epochs: 7, engine: 'kernels', rtol: defaults.rtol });
});

test('lists are a point for each of their values, and equal points are one', () => {
  const cells = add('error_weight=0.3 seed=1,2', 'rtol=1e-5 error_weight=0.3 seed=2', 'seed=2 error_weight=0.3');
  expect(cells.map(({ parameters: { seed, rtol } }) => [seed, rtol])).toEqual([
    [1, task.parameters.parse({}).rtol],
    [2, task.parameters.parse({}).rtol],
    [2, 1e-5],
  ]);
  expect(add('repeats=3')).toHaveLength(3);
});

test('what is planned already has the same identity', () => {
  const [planned] = plan.cells;
  const { error_weight: weight, rtol, seed } = planned.parameters;
  expect(add(`error_weight=${String(weight)} rtol=${String(rtol)} seed=${String(seed)}`)[0].hash).toBe(planned.hash);
});

test('trials of other programs are added as those of tasks are', () => {
  const program = parseSpecification(
    'command: [train, "{rate}", "{größe}"]\nparameters: { rate: [1, 2], größe: [3, 4], model.depth: 7 }\n',
    { file: 'sweep.yaml' },
  );
  const free = freeTask(program);
  const planned = planSweep(program, free);
  const added = (point: string) => planAddition(planned.declaration.specification, free, [point]);
  expect(added('rate=5')[0].parameters).toEqual({ rate: 5, größe: 3, 'model.depth': 7 });
  expect(added('rate=2 größe=4 model.depth=7')[0].hash).toBe(planned.cells[3].hash);
  expect(() => added('rat=5')).toThrow(/rat=5.*has no parameter "rat"/s);
});

test('what does not fit is refused with what was typed', () => {
  expect(() => add('error_weigth=0.3')).toThrow(/error_weigth/);
  expect(() => add('rtol=nonsense')).toThrow(/rtol=nonsense/);
  expect(() => add('')).toThrow(/not of the form key=value/);
  expect(() => add('rtol')).toThrow(/not of the form key=value/);
  expect(() => add('workers=3')).toThrow(/no parameter "workers"/);
});

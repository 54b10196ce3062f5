import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveTaskName } from '../../src/commands/resolve-task-name.js';
import { planSweep } from '../../src/sweep/plan/plan.js';
import { sweepFileJsonSchema } from '../../src/sweep/specification/file-schema.js';
import { loadSpecification } from '../../src/sweep/specification/load-specification.js';
import { loadTask } from '../../src/tasks/index.js';
import { column, complaint, plan, sweepOf } from './specification/read.js';

const shipped = new URL('../../sweeps/', import.meta.url);
const files = readdirSync(shipped).filter((name) => name.endsWith('.yaml'));

describe('The shipped sweep files', () => {
  it.each(files)('%s has a plan without warnings', async (name) => {
    const specification = loadSpecification(new URL(name, shipped).pathname);
    const task = await loadTask(resolveTaskName(specification.task, shipped.pathname));
    const { cells, warnings, declaration } = planSweep(specification, task);
    expect(cells.length).toBeGreaterThan(1);
    expect(warnings).toEqual([]);
    expect(`${declaration.name}.yaml`).toBe(name);
  });

  it('have the schema that `sweep schema` prints', () => {
    const stored: unknown = JSON.parse(readFileSync(new URL('schema.json', shipped), 'utf8'));
    expect(stored, 'node dist/src/cli.js schema > sweeps/schema.json, then prettier').toEqual(sweepFileJsonSchema());
  });
});

describe('A plan of a grid', () => {
  const grid = plan(`${sweepOf('error_weight: [0, 1]\n  rtol: [1e-3, 1e-4]')}repeats: 2\n`);

  it('runs every cell once with a seed before any with the next', () => {
    expect(column(grid, 'seed')).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(column(grid, 'error_weight')).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect(column(grid, 'rtol')).toEqual([1e-3, 1e-4, 1e-3, 1e-4, 1e-3, 1e-4, 1e-3, 1e-4]);
    expect(new Set(grid.cells.map(({ hash }) => hash)).size).toBe(8);
    expect(new Set(grid.cells.map(({ group }) => group)).size).toBe(4);
  });

  it('names what varies, and fills in every other parameter of the task', () => {
    expect(grid.declaration.axes).toEqual(['error_weight', 'rtol', 'seed']);
    expect(grid.repeated).toBe(true);
    expect(grid.cells[0].parameters).toMatchObject({ solver: 'tsit5', epochs: 20, hidden: 50 });
    expect(plan(sweepOf('rtol: [1, 1.0]')).declaration.axes).toEqual([]);
  });

  it('ends at run_cap', () => {
    expect(column(plan(`${sweepOf('rtol: [1, 2, 3]')}run_cap: 2\n`), 'rtol')).toEqual([1, 2]);
  });

  it('is refused where it has more cells than anyone can mean, at once', () => {
    const huge = 'rtol: { log_grid: { min: 1, max: 2, count: 9999 } }\n  epochs: { min: 1, max: 4000000000 }';
    expect(complaint(sweepOf(huge))).toContain('The plan has 39996000000000 cells, but 1000000 are the most.');
  });

  it('of 10,000 cells is ready before anyone waits', () => {
    const text = sweepOf('rtol: { log_grid: { min: 1e-6, max: 1e-3, count: 100 } }\n  epochs: { min: 1, max: 100 }');
    const start = process.cpuUsage();
    expect(plan(`${text}where: rtol > 0\n`).cells).toHaveLength(10_000);
    // Of this process: what else the machine does is no matter.
    expect(process.cpuUsage(start).user).toBeLessThan(4e6);
  });
});

describe('A plan of random points', () => {
  const text = 'method: random\nrun_cap: 20\ntask: spiral-node\nparameters:\n  rtol: { min: 1e-6, max: 1e-3 }\n';

  it('has the same first points however many are asked for', () => {
    const few = plan(text).cells;
    expect(few).toHaveLength(20);
    expect(plan(text, ['run_cap=50']).cells.slice(0, 20)).toEqual(few);
    expect(plan(text, ['seed=1']).cells[0]).not.toEqual(few[0]);
  });

  it('repeats each point with every seed', () => {
    const repeated = plan(text, ['repeats=3']);
    expect(repeated.cells).toHaveLength(60);
    expect(column(repeated, 'rtol').slice(20, 40)).toEqual(column(repeated, 'rtol').slice(0, 20));
    expect(column(repeated, 'seed').slice(19, 21)).toEqual([0, 1]);
  });

  it('runs equal points once and says so', () => {
    const { cells, warnings } = plan(text, ['rtol=1e-3,1e-4']);
    expect(cells).toHaveLength(2);
    expect(warnings).toEqual(['18 cells were equal to others: equal cells run once.']);
  });

  it('is refused if a drawn value cannot be used, though the ends of its range can', () => {
    expect(complaint(text + '  epochs: { min: 1, max: 5, distribution: uniform }\n')).toMatch(
      /^sweep\.yaml:6:11: A point of the plan has epochs = \d\.\d+, which must be a whole number\./,
    );
  });
});

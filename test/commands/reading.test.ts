/** The commands that read a database, as text and as JSON, on one sweep that has ended. */
import { exec } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';
import { bin, runSweepProcess, sweepFile, type SweepProcessOptions } from './sweep-process.js';

const tiny = sweepFile('tiny.yaml');

let directory: string;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  const run = await sweep(['run', tiny, '--plain']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
});
afterAll(() => removeDirectory(directory));

function sweep(args: readonly string[], options: SweepProcessOptions = {}) {
  return runSweepProcess(args, { cwd: directory, ...options });
}

async function textOf(args: readonly string[], options?: SweepProcessOptions): Promise<string> {
  const ended = await sweep(args, options);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).not.toContain('\u001b');
  expect(ended.stdout.endsWith('\n')).toBe(true);
  return ended.stdout;
}

async function jsonOf(args: readonly string[]): Promise<unknown> {
  return JSON.parse(await textOf([...args, '--json']));
}

test('ls lists the sweep with its counts', async () => {
  expect(await textOf(['ls'])).toMatch(/^tiny +spiral-node +4 +4 +0 +0 +0 .*error_weight × rtol$/m);
  expect(await jsonOf(['ls'])).toMatchObject({
    sweeps: [
      { name: 'tiny', task: 'spiral-node', trials: 4, counts: { completed: 4 }, axes: ['error_weight', 'rtol'] },
    ],
    coordinator: null,
  });
});

test('trials lists one row a trial, and --state picks', async () => {
  expect(await textOf(['trials'])).toMatch(/^ +4 +completed +0\.1 +1e-4 +\d/m);
  const { trials } = (await jsonOf(['trials', 'tiny'])) as { readonly trials: readonly unknown[] };
  expect(trials).toHaveLength(4);
  expect(trials[2]).toMatchObject({
    number: 3,
    state: 'completed',
    cell: { parameters: { error_weight: 0.1, rtol: 0.001, epochs: 2 } },
    result: { epochs: 2, accuracy: null },
    modelFile: 'sweeps.sqlite.models/tiny/3.safetensors',
  });
  expect(await jsonOf(['trials', '--state', 'failed'])).toEqual({ sweep: 'tiny', trials: [] });
});

test('show tells a sweep, and a trial with its parameters, attempts and epochs', async () => {
  expect(await textOf(['show', 'tiny'])).toContain('4: 4 completed');
  const trial = await textOf(['show', 'tiny', '2']);
  for (const part of [
    '#2 of tiny',
    'kernels f32',
    'Parameters:',
    'rtol                    0.0001',
    'Attempts:',
    'Epochs:',
  ]) {
    expect(trial).toContain(part);
  }
  expect(await jsonOf(['show', 'tiny', '2'])).toMatchObject({
    trial: { number: 2 },
    attempts: [{ number: 1, state: 'completed' }],
    epochs: [{ epoch: 1 }, { epoch: 2 }],
  });
});

test('pareto gives trials that nothing beats, in the order of their NFE', async () => {
  expect(await textOf(['pareto'])).toContain('Pareto frontier of tiny');
  const frontier = (await jsonOf(['pareto', 'tiny'])) as { readonly rows: readonly unknown[] };
  expect(frontier).toMatchObject({ sweep: 'tiny', over: 'trials', objectives: [{ name: 'nfe' }, { name: 'loss' }] });
  expect(frontier.rows.length).toBeGreaterThan(0);
  expect(await jsonOf(['pareto', '--seeds', 'aggregate'])).toMatchObject({ over: 'cells' });
});

test('plan tells what is done and what would run, and runs nothing', async () => {
  expect(await textOf(['plan', tiny, 'repeats=2'])).toMatch(
    /tiny: 8 cells \(seed 2 × error_weight 2 × rtol 2\), 4 done, 4 to run, about .* on 1 worker by 4 trials of before\n/,
  );
  const { cells } = (await jsonOf(['plan', tiny, 'repeats=2'])) as { readonly cells: { readonly treatment: string }[] };
  expect(cells.map(({ treatment }) => treatment).sort()).toEqual([
    ...Array.from({ length: 4 }, () => 'done'),
    ...Array.from({ length: 4 }, () => 'new'),
  ]);
  expect(await jsonOf(['ls'])).toMatchObject({ sweeps: [{ trials: 4 }] });
});

test('plan estimates the time of what would run from trials that have ended', async () => {
  const { estimate } = (await jsonOf(['plan', tiny, 'repeats=2'])) as {
    readonly estimate: Readonly<Record<'low' | 'seconds' | 'high', number>>;
  };
  expect(estimate.low).toBeGreaterThan(0);
  expect(estimate.low).toBeLessThanOrEqual(estimate.seconds);
  expect(estimate.seconds).toBeLessThanOrEqual(estimate.high);
  expect(estimate.seconds).toBeLessThan(60);
});

test('plan of a search says how many of its trials results have chosen so far', async () => {
  const small = { hidden: 1, trajectories: 1, test_trajectories: 1, times: 2, epochs: 1, batch_size: 1, rtol: 0.1 };
  const parameters = { ...small, error_weight: { min: 0, max: 0.5 } };
  const file = { name: 'search', task: 'spiral-node', method: 'nsga2', run_cap: 25, parameters };
  const path = join(directory, 'search.yaml');
  await writeFile(path, JSON.stringify(file));
  const plan = () => textOf(['plan', path, '--db', 'search.sqlite']);
  const others = 'These are known beforehand; the others, up to 25 in all, follow from results, 10 at a time';
  expect(await plan()).toContain(`search: 20 cells, 0 done, 20 to run\n${others}\n`);
  await textOf(['run', path, '--plain', '--db', 'search.sqlite']);
  expect(await plan()).toContain(`${others}: 5 so far, 5 done, 0 to run\n`);
});

test('plan --diff tells what stays, what is new and which settings changed', async () => {
  expect(await textOf(['plan', tiny, '--diff'])).toMatch(/nothing differs: \d+ cells, \d+ ended/);
  const text = await textOf(['plan', tiny, 'repeats=2', '--diff']);
  expect(text).toMatch(/\d+ cells? stays? \(\d+ ended\), \d+ are new/);
  expect(text).toMatch(/repeats: \(none\) -> 2/);
});

test('tasks lists the built-in tasks, and the parameters of one', async () => {
  expect(await textOf(['tasks'])).toMatch(/spiral-node[^]*mnist-node/);
  expect(await textOf(['tasks', 'spiral-node'])).toMatch(/^rtol +0\.0001 +number > 0 +relative tolerance/m);
  expect(await jsonOf(['tasks', 'spiral-node'])).toMatchObject([
    { name: 'spiral-node', parameters: { properties: { rtol: { type: 'number', default: 1e-4 } } } },
  ]);
});

test('doctor finds both engines and the database', async () => {
  const told = await textOf(['doctor']);
  for (const what of ['engine kernels', 'engine reference', `${join(directory, 'sweeps.sqlite')}: 1 sweep`]) {
    expect(told).toContain(what);
  }
  const { findings } = (await jsonOf(['doctor'])) as { readonly findings: { readonly state: string }[] };
  expect(findings.every(({ state }) => state === 'ok')).toBe(true);
});

describe('sql', () => {
  const query = 'SELECT trial, rtol FROM trials WHERE error_weight = 0 ORDER BY trial';

  test('runs one statement, as a table, as JSON and from standard input', async () => {
    expect(await textOf(['sql', query])).toBe('trial   rtol\n    1  0.001\n    2   1e-4\n');
    const document = {
      columns: ['trial', 'rtol'],
      rows: [
        [1, 0.001],
        [2, 1e-4],
      ],
    };
    expect(await jsonOf(['sql', query])).toEqual(document);
    for (const args of [
      ['sql', '--json'],
      ['sql', '-', '--json'],
    ]) {
      expect(JSON.parse(await textOf(args, { input: query }))).toEqual(document);
    }
  });

  test('describes the views', async () => {
    expect(await textOf(['sql', '--schema'])).toMatch(/^trials: .*\n {2}sweep +name of the sweep$/m);
    expect(await jsonOf(['sql', '--schema'])).toContainEqual(expect.objectContaining({ name: 'pareto_evaluated' }));
  });

  const refused = [
    'DELETE FROM trial',
    'UPDATE trials SET loss = 0',
    'DROP TABLE trial',
    'CREATE TABLE mine (x)',
    "ATTACH '/tmp/other.sqlite' AS other",
    'PRAGMA journal_mode = DELETE',
    'SELECT 1; DELETE FROM trial',
    'SELECT nothing FROM nowhere',
    '',
  ];

  test('refuses whatever does more than read, with exit code 2, and changes nothing', async () => {
    const count = ['sql', 'SELECT count(*) AS n FROM trials'];
    for (const statement of refused) {
      const ended = await sweep(['sql', statement]);
      expect(ended, statement).toMatchObject({ code: 2, stdout: '' });
      expect(ended.stderr).toMatch(/^Error: /);
    }
    expect(await jsonOf(count)).toEqual({ columns: ['n'], rows: [[4]] });
  });
});

test('a reader that closes the pipe early ends a command quietly', async () => {
  // Far more than a pipe holds.
  const many = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000) SELECT x FROM n';
  const { stdout, stderr } = await promisify(exec)(`"${process.execPath}" "${bin}" sql "${many}" | head -n 2`, {
    cwd: directory,
  });
  expect(stdout.trim().split(/\s+/)).toEqual(['x', '1']);
  expect(stderr).toBe('');
});

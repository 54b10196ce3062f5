/** `sweep run` as a user meets it: first run, resume, more seeds, reports. */
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';
import { runSweepProcess, sweepFile } from './sweep-process.js';

const tiny = sweepFile('tiny.yaml');

let directory: string;
beforeAll(async () => (directory = await makeTemporaryDirectory()));
afterAll(() => removeDirectory(directory));

interface Line {
  readonly v: number;
  readonly event: string;
  readonly trial?: number;
  readonly [field: string]: unknown;
}

function lines(stdout: string): Line[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

function trialsOf(stdout: string, event: string): (number | undefined)[] {
  return lines(stdout)
    .filter((line) => line.event === event)
    .map(({ trial }) => trial);
}

describe('one database, run three times', () => {
  test('the first run trains every cell, keeps its model and tells the frontier and what to type next', async () => {
    const run = await runSweepProcess(['run', tiny, '--plain', '--db', 'a.sqlite'], { cwd: directory });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^sweep tiny: task spiral-node, 4 trials over error_weight, rtol/);
    for (const number of [1, 2, 3, 4]) expect(run.stdout).toMatch(new RegExp(`\\[\\d/4\\]  #${number}  completed`));
    expect(run.stdout).toContain('Pareto frontier of tiny');
    expect(run.stdout).toContain(`Results: ${join(directory, 'a.sqlite')}`);
    expect(run.stdout).toMatch(/Next:\n {2}sweep pareto tiny --db/);
    expect((await readdir(join(directory, 'a.sqlite.models/tiny'))).sort()).toEqual(
      [1, 2, 3, 4].map((number) => `${number}.safetensors`),
    );
  });

  test('the same command again trains nothing and ends well', async () => {
    const run = await runSweepProcess(['run', tiny, '--json', '--db', 'a.sqlite'], { cwd: directory });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(lines(run.stdout).map(({ event }) => event)).toEqual(['sweep_started', 'sweep_finished']);
    expect(lines(run.stdout)[0]).toMatchObject({ v: 1, trials: 4, finished: 4 });
  });

  test('more seeds train the new cells alone, and the run says what differs from before', async () => {
    const run = await runSweepProcess(['run', tiny, 'repeats=3', '--json', '--db', 'a.sqlite'], { cwd: directory });
    expect(run.code).toBe(0);
    expect(run.stderr.split('\n')).toEqual([
      'Differs from the stored sweep tiny: 4 cells stay (4 ended), 8 are new',
      'Differs from the stored sweep tiny: repeats: (none) -> 3',
      '',
    ]);
    const expected = [5, 6, 7, 8, 9, 10, 11, 12];
    expect(trialsOf(run.stdout, 'trial_started')).toEqual(expected);
    expect(trialsOf(run.stdout, 'trial_completed')).toEqual(expected);
  });

  test('the sweep without the overrides still ends well and says what lies outside of it', async () => {
    const run = await runSweepProcess(['run', tiny, '--json', '--db', 'a.sqlite'], { cwd: directory });
    expect(run.code).toBe(0);
    expect(lines(run.stdout)[0]).toMatchObject({ event: 'sweep_started', trials: 4, finished: 4, outside_plan: 8 });
    const inWords = await runSweepProcess(['run', tiny, '--plain', '--db', 'a.sqlite'], { cwd: directory });
    expect(inWords.stdout).toContain("Of the sweep's trials 8 lie outside this plan, and count all the same");
  });
});

test('SWEEP_DB names the database, and --db goes before it', async () => {
  const environment = { SWEEP_DB: join(directory, 'variable.sqlite') };
  const first = await runSweepProcess(['run', tiny, '--plain'], { cwd: directory, environment });
  expect(first.stdout).toContain('variable.sqlite');
  const listed = await runSweepProcess(['ls', '--json', '--db', 'nowhere.sqlite'], { cwd: directory, environment });
  expect(listed.code).toBe(3);
  expect(listed.stderr).toContain('nowhere.sqlite');
});

test.skipIf(process.platform === 'win32')('on a terminal how the run ended stays when the dashboard goes', async () => {
  const launcher = ['python3', '-c', 'import pty, sys; pty.spawn(sys.argv[1:])'];
  const environment = { TERM: 'xterm-256color' };
  const run = await runSweepProcess(['run', tiny, '--db', 'seen.sqlite'], { cwd: directory, launcher, environment });
  const leavesScreen = '\u001B[?1049l';
  expect(run.stdout).toContain(leavesScreen);
  expect(run.stdout.slice(run.stdout.lastIndexOf(leavesScreen))).toMatch(/finished after [^:]*: 4 completed\r?\n/);
});

test('in a pipe a run writes lines without a single escape sequence, with and without --plain', async () => {
  for (const flags of [['--plain'], []]) {
    const run = await runSweepProcess(['run', tiny, '--db', 'pipe.sqlite', ...flags], { cwd: directory });
    expect(run.code).toBe(0);
    expect(run.stdout).not.toContain('\u001b');
  }
});

test('every line of --json is an object with its version, event and, for a trial, its number', async () => {
  const run = await runSweepProcess(['run', tiny, '--json', '--db', 'json.sqlite'], { cwd: directory });
  const all = lines(run.stdout);
  expect(all[0].event).toBe('sweep_started');
  expect(all.at(-1)).toEqual({ v: 1, event: 'sweep_finished', stopped: null, cause: null });
  for (const { v, event, trial } of all) {
    expect(v).toBe(1);
    expect(event.startsWith('sweep_') || typeof trial === 'number').toBe(true);
  }
  expect(all.filter(({ event }) => event === 'epoch_recorded')).toHaveLength(8);
});

test('the query that a run proposes works as it stands, whatever its parameters are called', async () => {
  const told = 'console.log(JSON.stringify({ result: { loss: 1, nfe: 2 } }))';
  const file = {
    command: [process.execPath, '-e', told, '--'],
    parameters: { 'use-bn': [true, false], 'a "b"\'s': [1, 2] },
  };
  await writeFile(join(directory, 'names.yaml'), JSON.stringify(file));
  const run = await runSweepProcess(['run', 'names.yaml', '--plain', '--db', 'names.sqlite'], { cwd: directory });
  expect(run.code).toBe(0);
  const proposed = / {2}sweep sql "(.*)" --db/.exec(run.stdout)?.[1] ?? '';
  // As a shell takes it within double quotes.
  const query = proposed.replace(/\\(["\\$`])/g, '$1');
  const answer = await runSweepProcess(['sql', query, '--db', 'names.sqlite'], { cwd: directory });
  expect(answer).toMatchObject({ code: 0, stderr: '' });
  expect(answer.stdout).toContain('use-bn');
});

test('a program that never tells an objective is told so once as it runs, and where its frontier would be', async () => {
  const told = 'console.log(JSON.stringify({ result: { loss: 1 } }))';
  const file = { command: [process.execPath, '-e', told, '--'], parameters: { rate: [1, 2, 3] } };
  await writeFile(join(directory, 'wanting.yaml'), JSON.stringify(file));
  const run = await runSweepProcess(['run', 'wanting.yaml', '--plain', '--db', 'wanting.sqlite'], { cwd: directory });
  expect(run.code).toBe(0);
  expect(run.stdout.match(/completed without nfe: what lacks an objective is on no frontier/g)).toHaveLength(1);
  expect(run.stdout).toContain('3 completed trials are not compared: they have no nfe. List in `objectives`');
});

test.skipIf(!existsSync('/dev/full'))('a full disk behind standard output costs the report, not the run', async () => {
  const launcher = ['sh', '-c', 'exec "$@" > /dev/full', 'sh'];
  const run = await runSweepProcess(['run', tiny, '--plain', '--db', 'full.sqlite'], { cwd: directory, launcher });
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr.trimEnd()).toBe('Error: What standard output goes to is full (ENOSPC): the rest is not written.');
  const again = await runSweepProcess(['run', tiny, '--plain', '--db', 'full.sqlite'], { cwd: directory });
  expect(again.stdout).toContain('4 finished before, 0 to run');
});

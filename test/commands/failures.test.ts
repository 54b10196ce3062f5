/** Trials that fail, each in its own way, in one sweep whose other trials complete. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReader, type Reader } from '../../db/index.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';
import { runSweepProcess, sweepFile, type Ended } from './sweep-process.js';

let directory: string;
let run: Ended;
let reader: Reader;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  const database = join(directory, 'sweeps.sqlite');
  // From another folder than the sweep file's: the task's path is relative to the file.
  run = await runSweepProcess(['run', sweepFile('accidents.yaml'), '--plain', '--db', database], { cwd: directory });
  reader = await openReader(database);
});
afterAll(async () => {
  await reader.close();
  await removeDirectory(directory);
});

/** Reason and parameters of the only trial for which a parameter has a value. */
async function trialWith(name: string, value: number | string) {
  const trials = await reader.trials('accidents');
  const [trial, ...others] = trials.filter(({ cell }) => cell.parameters[name] === value);
  expect(others).toEqual([]);
  return trial;
}

test('a sweep with trials that failed runs to its end, says so and exits with 1', () => {
  expect(run).toMatchObject({ code: 1, signal: null, stderr: '' });
  expect(run.stdout).toContain('1 completed, 5 failed, 1 diverged');
  expect(run.stdout).toContain('Pareto frontier of accidents: 1 trial');
});

test('a learning rate beyond reason diverges, with the place in training', async () => {
  const trials = await reader.trials('accidents');
  const diverged = trials.filter(({ state }) => state === 'diverged');
  expect(diverged).toHaveLength(1);
  expect(diverged[0].cell.parameters).toMatchObject({ learning_rate: 3e38, max_steps: 10_000 });
  expect(diverged[0].reason).toMatchObject({ code: 'non_finite', epoch: 1, iteration: 2 });
  expect(diverged[0].reason?.message).toContain('lower the learning rate');
});

test('too few steps fail a trial with advice, at the iteration where it happened', async () => {
  const trials = await reader.trials('accidents');
  const stopped = trials.filter(({ cell }) => cell.parameters.max_steps === 1);
  expect(stopped).toHaveLength(2);
  for (const { state, reason } of stopped) {
    expect(state).toBe('failed');
    expect(reason).toMatchObject({ code: 'max_steps', epoch: 1, iteration: 1 });
    expect(reason?.message).toContain('raise max_steps');
  }
});

test('a task that throws fails its trial with the message and the stack', async () => {
  const { state, reason } = await trialWith('accident', 'throw');
  expect(state).toBe('failed');
  expect(reason).toMatchObject({ code: 'error', message: 'the data set has no examples' });
  expect(reason?.detail).toContain('own.mjs');
});

test('a thread that exceeds its heap fails its trial alone, naming the limit', async () => {
  const { state, reason } = await trialWith('accident', 'heap');
  expect(state).toBe('failed');
  expect(reason).toMatchObject({ code: 'out_of_memory', message: 'The trial needed more than 64 MB of heap.' });
});

test('a task that ends its thread fails its trial with the exit code', async () => {
  const { state, reason } = await trialWith('accident', 'exit');
  expect(state).toBe('failed');
  expect(reason?.message).toContain('code 7');
});

test('the same command again does not repeat what failed, and still exits with 1', async () => {
  const again = await runSweepProcess(['run', sweepFile('accidents.yaml'), '--plain', '--db', 'sweeps.sqlite'], {
    cwd: directory,
  });
  expect(again.code).toBe(1);
  expect(again.stdout).toContain('7 finished before, 0 to run');
});

test('a run that nothing completed in proposes to look at what failed, not at a frontier', async () => {
  const database = join(directory, 'nothing.sqlite');
  const given = ['max_steps=1', 'trial.timeout=1h', 'trial.memory_mb=500'];
  const nothing = await runSweepProcess(['run', sweepFile('tiny.yaml'), ...given, '--plain', '--db', database], {
    cwd: directory,
  });
  expect(nothing.stdout).toMatch(
    /Next:\n {2}sweep trials tiny --state (\w+) --db .*\n {2}sweep show tiny 1 --db .*\n {2}sweep trials tiny --db .*\n$/,
  );
  const shown = await runSweepProcess(['show', 'tiny', '1', '--db', database], { cwd: directory });
  expect(shown.stdout).toMatch(/ limits .*\n.* 1h 00m, 500 MiB /);
});

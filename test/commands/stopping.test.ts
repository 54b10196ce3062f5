/** Signals, a second run, and readers while a run goes on: what a user does to a running sweep. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openReader } from '../../db/index.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';
import { runSweepProcess, startSweepProcess, sweepFile, type SweepProcess } from './sweep-process.js';

let directory: string;
let database: string;
let run: SweepProcess | null;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  database = join(directory, 'sweeps.sqlite');
  run = null;
});
afterEach(async () => {
  run?.kill('SIGKILL');
  await run?.ended;
  await removeDirectory(directory);
});

/** Starts a run and waits until it has told so many of these events. */
async function startUntil(args: readonly string[], event: string, count = 1): Promise<SweepProcess> {
  run = startSweepProcess(['run', ...args, '--json', '--db', database]);
  await run.until(({ stdout }) => stdout.split(`"event":"${event}"`).length > count);
  return run;
}

/** Trials by state, and attempts by state. */
async function states() {
  const reader = await openReader(database);
  try {
    const [{ name, counts }] = await reader.sweeps();
    const present = Object.entries(counts).filter(([, count]) => count > 0);
    const { rows } = await reader.query('SELECT state, count(*) FROM attempts GROUP BY state');
    const coordinator = await reader.coordinator();
    return {
      name,
      trials: Object.fromEntries(present),
      attempts: Object.fromEntries(rows as [string, number][]),
      coordinator,
    };
  } finally {
    await reader.close();
  }
}

describe('a run whose trials never end by themselves', () => {
  const endless = sweepFile('endless.yaml');
  /** An epoch takes so long that a drain has to wait for it. */
  const longEpochs = ['trajectories=20000', 'batch_size=4'];

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends it, and its trials are queued again', async (signal, code) => {
    const { kill, ended } = await startUntil([endless], 'epoch_recorded', 5);
    kill(signal);
    expect(await ended).toMatchObject({ code, signal: null, stderr: '' });
    expect(await states()).toMatchObject({ trials: { queued: 4 }, attempts: { interrupted: 2 }, coordinator: null });
  });

  test('Ctrl-C waits for the end of their epochs, a second one queues them again and exits with 130', async () => {
    const { kill, until, ended } = await startUntil([endless, ...longEpochs], 'trial_progress', 2);
    kill('SIGINT');
    await until(({ stdout }) => stdout.includes('sweep_stopping'));
    kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130, signal: null });
    expect(await states()).toMatchObject({ trials: { queued: 4 }, attempts: { interrupted: 2 }, coordinator: null });
  });

  test('a third Ctrl-C leaves at once by the signal; the next run finds the orphans', async () => {
    const { kill, until, ended } = await startUntil([endless, ...longEpochs], 'trial_progress', 2);
    kill('SIGINT');
    await until(({ stdout }) => stdout.includes('sweep_stopping'));
    kill('SIGINT');
    kill('SIGINT');
    expect([130, null]).toContain((await ended).code);
    const { trials } = await states();
    const { queued = 0, running = 0 } = trials as Readonly<Partial<Record<string, number>>>;
    expect(queued + running).toBe(4);
  });

  test('a signal ends it while it drains because its time is over, and is what it exits with', async () => {
    const { kill, until, ended } = await startUntil([endless, ...longEpochs], 'trial_progress', 2);
    // Its time is over while both trials train, however long they took to start.
    const changed = await runSweepProcess(['change', '--max-time', '1s', '--db', database]);
    expect(changed).toMatchObject({ code: 0, stderr: '' });
    await until(({ stdout }) => stdout.includes('"code":"max_time"'));
    kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 143, signal: null });
    expect(await states()).toMatchObject({ trials: { queued: 4 }, attempts: { interrupted: 2 }, coordinator: null });
  });

  test('a second run on the database exits with 3 and names the process of the first', async () => {
    const { pid } = await startUntil([endless], 'trial_started');
    const second = await runSweepProcess(['run', sweepFile('tiny.yaml'), '--plain', '--db', database]);
    expect(second.code).toBe(3);
    expect(second.stdout).toBe('');
    expect(second.stderr).toContain(String(pid));
  });

  test('readers see it: ls names the process, sql counts its epochs, doctor tells of it', async () => {
    const { pid } = await startUntil([endless], 'epoch_recorded', 5);
    const query = 'SELECT count(*) > 1 AS several FROM epochs';
    const [listed, counted, examined] = await Promise.all([
      runSweepProcess(['ls', '--db', database]),
      runSweepProcess(['sql', query, '--json', '--db', database]),
      runSweepProcess(['doctor', '--db', database]),
    ]);
    expect(listed.stdout).toContain(`A run is going on: process ${pid}`);
    expect(JSON.parse(counted.stdout)).toEqual({ columns: ['several'], rows: [[1]] });
    expect(examined.stdout).toContain(`a run is going on (process ${pid}`);
  });
});

test('after a SIGKILL whatever lists trials says that none of them runs', async () => {
  const { kill, ended, pid } = await startUntil([sweepFile('endless.yaml')], 'epoch_recorded', 5);
  kill('SIGKILL');
  await ended;
  for (const command of [['ls'], ['trials'], ['show', 'endless'], ['show', 'endless', '1']]) {
    const { stdout } = await runSweepProcess([...command, '--db', database]);
    expect(stdout).toMatch(/\brunning\b/);
    expect(stdout).toContain(`No run is going on: process ${pid} on `);
  }
});

test('a trial that hangs does not keep an aborted run', async () => {
  const { kill, ended } = await startUntil([sweepFile('accidents.yaml'), 'accident=hang'], 'trial_started');
  kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 143, signal: null });
  expect(await states()).toMatchObject({ trials: { queued: 1 }, coordinator: null });
});

test('after one Ctrl-C the running trial stops at a checkpoint, and the same command goes on from there', async () => {
  // Long enough that the signal comes in the middle of the second trial.
  const args = [sweepFile('endless.yaml'), 'epochs=400', '--workers', '1'];
  const { kill, ended } = await startUntil(args, 'trial_started', 2);
  await run?.until(({ stdout }) => stdout.split('"trial":2,"epoch":').length > 20);
  kill('SIGINT');
  expect(await ended).toMatchObject({ code: 130, signal: null });
  // The second one, unless this process came so late that the run was further.
  const { trials } = await states();
  const completed = (trials as { readonly completed: number }).completed;
  const stopped = completed + 1;
  expect(await states()).toMatchObject({
    trials: { completed, queued: 4 - completed },
    attempts: { completed, interrupted: 1 },
  });
  expect(await checkpoints()).toEqual([`${stopped}.checkpoint`]);
  const resumed = await runSweepProcess(['run', ...args, '--plain', '--db', database]);
  expect(resumed).toMatchObject({ code: 0, stderr: '' });
  expect(resumed.stdout).toContain(`#${stopped} continues from its checkpoint after epoch `);
  expect(await states()).toMatchObject({ trials: { completed: 4 }, attempts: { completed: 4, interrupted: 1 } });
  expect(await checkpoints()).toEqual([]);
  const reader = await openReader(database);
  const { attempts, epochs } = await reader.trial('endless', stopped);
  await reader.close();
  expect(attempts[1]?.resumedEpoch).toBeGreaterThan(0);
  expect(epochs).toHaveLength(400);
});

async function checkpoints(): Promise<readonly string[]> {
  const files = await readdir(join(`${database}.models`, 'endless'));
  return files.filter((name) => name.includes('checkpoint'));
}

/** Trials that throw, hang, fill their heap or take their thread or the process down: they cost their attempt alone. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lookAt } from '../chaos/evidence.js';
import { runVictim } from '../chaos/victim.js';
import {
  databaseIn,
  runArguments,
  undisturbed,
  Witness,
  type DisturbedSweep,
  type Reference,
} from '../chaos/witness.js';
import { sweepFile } from '../commands/sweep-process.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';

let directory: string;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
});
afterAll(() => removeDirectory(directory));

/** A folder with a database that is not there yet, and the variable that lets accidents happen. */
async function place(name: string) {
  const folder = join(directory, name);
  const accidents = join(directory, `${name}-accidents`);
  await Promise.all([mkdir(folder), mkdir(accidents)]);
  return { database: databaseIn(folder), environment: { ACCIDENTS: accidents } };
}

describe('accidents of threads', () => {
  const sweep: DisturbedSweep = { file: sweepFile('accidental.yaml'), code: 0 };
  let reference: Reference;
  beforeAll(async () => {
    reference = await undisturbed(sweep, join(directory, 'reference'));
  });

  test.each([1, 2, 5])(
    'cost one attempt each with %i workers, and the table is that of a run without',
    async (workers) => {
      const { database, environment } = await place(`workers-${workers}`);
      const witness = new Witness(database, reference);
      const run = await runVictim(runArguments(sweep, database, workers), null, { environment });
      expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
      await witness.observe(run, 'After all accidents');
      const { failed = 0, timed_out: timedOut = 0, ...others } = await witness.conclude();
      expect(others).toEqual({});
      expect(failed + timedOut).toBeGreaterThanOrEqual(12);
      const codes = run.events.filter(({ event }) => event === 'trial_retried').map(({ code }) => String(code));
      expect([...new Set(codes)].sort()).toEqual(['error', 'out_of_memory', 'timeout', 'worker_exit']);
      expect(codes.filter((code) => code === 'timeout').length).toBeGreaterThanOrEqual(4);
    },
  );

  test('between kills of the whole group cost no more than attempts', async () => {
    const { database, environment } = await place('killed-too');
    const witness = new Witness(database, reference);
    for (const lines of [4, 12, 12, 20]) {
      const run = await runVictim(runArguments(sweep, database, 2), { lines, milliseconds: 100 }, { environment });
      await witness.observe(run, `After ${lines} lines`);
    }
    const run = await runVictim(runArguments(sweep, database, 2), null, { environment });
    expect(run).toMatchObject({ code: 0, signal: null });
    await witness.observe(run, 'At the end');
    expect((await witness.conclude()).lost).toBeGreaterThan(0);
  });
});

test('a trial that takes the process down costs its attempt and those beside it; the same command goes on', async () => {
  const sweep: DisturbedSweep = { file: sweepFile('accidental.yaml'), overrides: ['accident=none,abort'], code: 0 };
  const reference = await undisturbed(sweep, join(directory, 'abort-reference'));
  const { database, environment } = await place('abort');
  const witness = new Witness(database, reference);
  let deaths = 0;
  for (;;) {
    const run = await runVictim(runArguments(sweep, database, 2), null, { environment });
    await witness.observe(run, `After ${deaths} deaths`);
    if (run.signal === null) {
      expect(run.code).toBe(0);
      break;
    }
    expect(run.signal).toBe('SIGABRT');
    expect(++deaths).toBeLessThanOrEqual(2);
  }
  expect(deaths).toBeGreaterThan(0);
  const { lost = 0, ...others } = await witness.conclude();
  expect(lost).toBeGreaterThanOrEqual(deaths);
  expect(others).toEqual({});
});

test('an abort in a process of its own costs its attempt alone: one run is enough', async () => {
  const sweep: DisturbedSweep = { file: sweepFile('accidental.yaml'), overrides: ['accident=none,abort'], code: 0 };
  const reference = await undisturbed(sweep, join(directory, 'process-reference'));
  const { database, environment } = await place('process');
  const witness = new Witness(database, reference);
  const args = [...runArguments(sweep, database, 2), '--executor', 'process'];
  const run = await runVictim(args, null, { environment });
  expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
  await witness.observe(run, 'At the end');
  expect(run.events.filter(({ event }) => event === 'trial_retried').map(({ code }) => code)).toEqual([
    'worker_exit',
    'worker_exit',
  ]);
  expect(await witness.conclude()).toEqual({ failed: 2 });
});

test('a trial that takes the process down each time is isolated after two runs, and fails by itself', async () => {
  const overrides = ['accident=none,crash', 'repeats=1', 'trial.max_retries=1'];
  const sweep: DisturbedSweep = { file: sweepFile('accidental.yaml'), overrides, code: 1 };
  const { database, environment } = await place('crash');
  const args = runArguments(sweep, database, 1);
  for (const run of [await runVictim(args, null, { environment }), await runVictim(args, null, { environment })]) {
    expect(run.signal).toBe('SIGABRT');
  }
  const last = await runVictim(args, null, { environment });
  expect(last).toMatchObject({ code: 1, signal: null });
  const isWithin = (event: string) => last.events.filter((each) => each.event === event && each.trial === 2);
  expect(isWithin('trial_noted').map(({ message }) => message)).toEqual([
    expect.stringContaining('in a process of its own'),
    expect.stringContaining('in a process of its own'),
  ]);
  expect(isWithin('trial_ended')).toMatchObject([{ state: 'failed', code: 'worker_exit' }]);
  expect((await lookAt(database)).states).toEqual({ completed: 1, failed: 1 });

  // Asked for once more it begins anew: as any other trial does, on a thread.
  const again = await runVictim([...args, '--retry', 'failed'], null, { environment });
  expect(again.signal).toBe('SIGABRT');
});

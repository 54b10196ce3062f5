/** What happens around a run: other runs, a clock that jumps, a lid that closes, a terminal or a reader that goes away. */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lookAt, withRows } from '../chaos/evidence.js';
import { runVictim, startVictim } from '../chaos/victim.js';
import {
  databaseIn,
  runArguments,
  undisturbed,
  Witness,
  type DisturbedSweep,
  type Reference,
} from '../chaos/witness.js';
import { bin, runSweepProcess, sweepFile } from '../commands/sweep-process.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';

const sweep: DisturbedSweep = { file: sweepFile('killed.yaml'), code: 0 };

let directory: string;
let reference: Reference;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  reference = await undisturbed(sweep, join(directory, 'reference'));
});
afterAll(() => removeDirectory(directory));

async function place(name: string): Promise<{ readonly database: string; readonly witness: Witness }> {
  const folder = join(directory, name);
  await mkdir(folder);
  const database = databaseIn(folder);
  return { database, witness: new Witness(database, reference) };
}

describe('runs that start at the same instant on one database', () => {
  test.each([2, 3, 4])(
    '%i of them: one works, the others are told who does, and no cell is run twice',
    async (count) => {
      for (let round = 0; round < 3; round++) {
        const { database, witness } = await place(`at-once-${count}-${round}`);
        const args = runArguments(sweep, database, 2);
        const runs = await Promise.all(Array.from({ length: count }, () => runVictim(args, null)));
        for (const run of runs.filter(({ code }) => code !== 0)) {
          expect(run).toMatchObject({ code: 3, signal: null, events: [] });
          expect(run.stderr).toMatch(/is running sweeps in .*only one process can write it at a time/);
        }
        expect(runs.some(({ code }) => code === 0)).toBe(true);
        const told = runs.flatMap(({ events }) => events);
        await witness.observe({ events: told, stderr: '' }, `Round ${round}`);
        // An attempt that a second run had taken for an orphan would be lost.
        expect(await witness.conclude()).toEqual({});
        expect(told.filter(({ event }) => event === 'trial_started').length).toBe(reference.table.trials.length);
      }
    },
  );

  test('one after the other dies, and the next takes over, as soon as the lock is free', async () => {
    const { database, witness } = await place('relay');
    const args = runArguments(sweep, database, 2);
    for (let round = 0; round < 5; round++) {
      const first = startVictim(args);
      await first.until(({ stdout }) => stdout.includes('trial_started'));
      // Comes while the first dies: refused or the next owner, nothing between.
      first.kill('SIGKILL');
      const second = startVictim(args);
      await witness.observe(await first.ended, `First of round ${round}`);
      await second.until(({ stdout }) => stdout.includes('trial_started')).catch(() => undefined);
      second.kill('SIGKILL');
      const ended = await second.ended;
      if (ended.signal === null) expect([0, 3]).toContain(ended.code);
      await witness.observe(ended, `Second of round ${round}`);
    }
    await witness.observe(await runVictim(args, null), 'At the end');
    expect(Object.keys(await witness.conclude())).toEqual(['lost']);
  });
});

describe('a wall clock that jumps by months', () => {
  const clock = fileURLToPath(new URL('../fixtures/preload/jumping-clock.mjs', import.meta.url));
  const environment = { NODE_OPTIONS: `--import ${clock}` };

  test('ends no trial, changes no number and no measured time', async () => {
    const { database, witness } = await place('clock');
    const limits = ['trial.timeout=10m', 'max_time=1h'];
    const run = await runVictim([...runArguments({ ...sweep, overrides: limits }, database, 2)], null, { environment });
    expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
    await witness.observe(run, 'At the end');
    expect(await witness.conclude()).toEqual({});
    withRows(database, (rows) => {
      const [{ spread }] = rows(
        'SELECT julianday(max(started_at)) - julianday(min(started_at)) AS spread FROM attempt',
      ) as readonly { readonly spread: number }[];
      // Else the clock has not jumped.
      expect(spread).toBeGreaterThan(30);
      expect(rows('SELECT * FROM attempt WHERE wall_seconds NOT BETWEEN 0 AND 600')).toEqual([]);
      expect(rows('SELECT * FROM trial WHERE train_seconds NOT BETWEEN 0 AND 600')).toEqual([]);
    });
    const shown = await runSweepProcess(['show', 'killed', '1', '--db', database], { environment });
    expect(shown).toMatchObject({ code: 0, stderr: '' });
  });

  test('neither keeps a trial from its time limit nor a run from its end', async () => {
    const { database } = await place('clock-limits');
    const args = [sweepFile('endless.yaml'), 'trial.timeout=1s', '--db', database, '--workers', '4'];
    const run = await runVictim(args, null, { environment });
    expect(run).toMatchObject({ code: 1, signal: null });
    expect(run.events.filter(({ state }) => state === 'timed_out').length).toBe(4);
  });
});

test('a run that is stopped for a while, as by a closed lid, goes on as if nothing had been', async () => {
  const { database, witness } = await place('asleep');
  const run = startVictim(runArguments(sweep, database, 2));
  for (const lines of [1, 50, 200]) {
    await run.until(({ stdout }) => stdout.split('\n').length > lines);
    run.kill('SIGSTOP');
    await pause(1000);
    // It sleeps, but the database is its own.
    if (lines === 50) {
      const other = await runVictim(runArguments(sweep, database, 2), null);
      expect(other).toMatchObject({ code: 3, events: [] });
    }
    run.kill('SIGCONT');
  }
  const ended = await run.ended;
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  await witness.observe(ended, 'At the end');
  expect(await witness.conclude()).toEqual({});
});

describe('nobody who reads', () => {
  test.each(['--json', '--plain'])('a pipe that is closed does not end a run (%s)', async (format) => {
    const { database, witness } = await place(`pipe${format}`);
    const child = spawn(process.execPath, [bin, 'run', ...runArguments(sweep, database, 2), format], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(0);
    await witness.observe({ events: [], stderr: '' }, 'At the end');
    expect(await witness.conclude()).toEqual({});
  });

  test('a pipe that is closed and a hang-up together send the trials back to the queue', async () => {
    const { database, witness } = await place('pipe-and-hang-up');
    const run = startVictim(runArguments(sweep, database, 2));
    await run.until(({ stdout }) => stdout.includes('trial_completed'));
    run.kill('SIGHUP');
    const ended = await run.ended;
    expect(ended).toMatchObject({ code: 129, signal: null, stderr: '' });
    await witness.observe(ended, 'After the hang-up');
    const again = await runVictim(runArguments(sweep, database, 2), null);
    await witness.observe(again, 'At the end');
    expect(Object.keys(await witness.conclude())).toEqual(['interrupted']);
  });

  // `script` gives the run a terminal, with the dashboard on it, and takes the terminal along when it dies.
  test.runIf(process.platform === 'linux')(
    'a terminal that is closed aborts the run, which leaves nothing behind',
    async () => {
      const { database, witness } = await place('terminal');
      const command = [process.execPath, bin, 'run', ...runArguments(sweep, database, 2)].join(' ');
      const terminal = spawn('script', ['--quiet', '--flush', '--command', `${command} epochs=2000`, '/dev/null'], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, TERM: 'xterm-256color', CI: '' },
      });
      let shown = '';
      terminal.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
      const running = async (): Promise<boolean> => {
        const listed = await runSweepProcess(['ls', '--db', database]);
        return listed.stdout.includes('A run is going on');
      };
      while ((await lookAt(database)).states.running === undefined) await pause(100);
      // The dashboard's own screen.
      expect(shown).toContain('\u001b[?1049h');
      terminal.kill('SIGKILL');
      const since = performance.now();
      while (await running()) {
        expect(performance.now() - since).toBeLessThan(20_000);
        await pause(100);
      }
      const { states } = await witness.observe({ events: [], stderr: '' }, 'After the terminal has gone');
      expect(states.running).toBeUndefined();
      expect(states.queued).toBeGreaterThan(0);
    },
  );
});

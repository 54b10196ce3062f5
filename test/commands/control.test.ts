/** A run controlled from another terminal, and from the dashboard's keys. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { withTemporaryDirectory } from '../db/temporary-directory.js';
import { runSweepProcess, startSweepProcess, sweepFile, type SweepProcess } from './sweep-process.js';

const rows = (stdout: string) => (JSON.parse(stdout) as { trials: { state: string }[] }).trials;

const started: SweepProcess[] = [];

function start(cwd: string): SweepProcess {
  const run = startSweepProcess(['run', sweepFile('endless.yaml'), '--plain'], { cwd });
  started.push(run);
  return run;
}

/** A test that fails must not leave a run behind that never ends. */
afterEach(() => {
  for (const run of started.splice(0)) run.kill('SIGKILL');
});

/** Each question is a process of its own. */
const timeout = 120_000;

test(
  'another terminal pauses, resumes, ends single trials and stops a run',
  async () => {
    await withTemporaryDirectory(async (cwd) => {
      const run = start(cwd);
      const ask = (...args: readonly string[]) => runSweepProcess(args, { cwd });
      await run.until(({ stdout }) => stdout.includes('4 trials'));
      await expect
        .poll(async () => (await ask('sql', 'SELECT count(*) AS n FROM attempts', '--json')).stdout)
        .toContain('2');

      expect(await ask('pause', 'endless')).toMatchObject({
        code: 0,
        stdout: 'endless is paused: running trials go on.\n',
      });
      expect(await ask('kill', '1', '4')).toMatchObject({ code: 0, stdout: '2 trials cancelled: #1 #4.\n' });
      await run.until(({ stdout }) => (stdout.match(/cancelled/g) ?? []).length === 2);
      // Paused: nobody took the place of the first trial.
      const states = async () => rows((await ask('trials', 'endless', '--json')).stdout).map(({ state }) => state);
      expect(await states()).toEqual(['cancelled', 'running', 'queued', 'cancelled']);

      // Now nothing runs, and a run that waits for this word alone is still there.
      await ask('kill', '2');
      await run.until(({ stdout }) => (stdout.match(/cancelled/g) ?? []).length === 3);
      expect(await ask('resume')).toMatchObject({ code: 0, stdout: 'endless goes on.\n' });
      await expect.poll(states).toEqual(['cancelled', 'cancelled', 'running', 'cancelled']);
      const again = await ask('kill', '1');
      expect([again.code, again.stderr]).toEqual([2, 'Error: Not running or queued in this run: #1.\n']);
      const other = await ask('stop', 'other');
      expect([other.code, other.stderr]).toEqual([2, 'Error: The run is of the sweep "endless", not of "other".\n']);

      expect((await ask('stop', 'endless', '--now')).stdout).toBe(
        'endless stops: running trials go back to the queue at once.\n',
      );
      const ended = await run.ended;
      expect(ended.stdout).toContain('paused: running trials go on, no other starts');
      expect(await states()).toEqual(['cancelled', 'cancelled', 'queued', 'cancelled']);
      expect(existsSync(join(cwd, 'sweeps.sqlite-control'))).toBe(false);
      const nobody = await ask('pause');
      expect(nobody.code).toBe(2);
      expect(nobody.stderr).toContain('No run of');
    });
  },
  timeout,
);

test(
  'another terminal gives a run other workers, further trials and another end',
  async () => {
    await withTemporaryDirectory(async (cwd) => {
      const run = start(cwd);
      const ask = (...args: readonly string[]) => runSweepProcess(args, { cwd });
      await run.until(({ stdout }) => stdout.includes('4 trials'));
      const nothing = await ask('change');
      expect([nothing.code, nothing.stderr.includes('Nothing to change was given.')]).toEqual([2, true]);
      const wrong = await ask('change', '--workers', '3', '--add', 'error_weigth=0.5');
      expect([wrong.code, wrong.stderr.includes('no parameter "error_weigth"')]).toEqual([2, true]);

      const changed = await ask(
        'change',
        'endless',
        '--workers',
        '5',
        '--add',
        'error_weight=0.5 seed=1,2',
        'error_weight=0.1',
      );
      expect([changed.code, changed.stdout]).toEqual([
        0,
        '2 trials added: #5 #6; 1 point stored already: nothing added for it; 5 workers from now on.\n',
      ]);
      const states = async () => rows((await ask('trials', 'endless', '--json')).stdout).map(({ state }) => state);
      await expect.poll(states).toEqual([...Array.from({ length: 5 }, () => 'running'), 'queued']);
      expect((await ask('change', '--max-time', '1s')).stdout).toBe(
        'no trial starts later than 1 s after the start of the run.\n',
      );
      const { stdout } = await run.ended;
      expect(stdout).toContain('the run has taken its max_time of 1 s');
      expect(stdout).toContain('2 trials added from #5 on, of 6');
      expect(stdout).toContain('changed: 5 workers');
    });
  },
  timeout,
);

test(
  'a socket that a killed run left behind hinders nobody',
  async () => {
    await withTemporaryDirectory(async (cwd) => {
      const killed = start(cwd);
      await killed.until(({ stdout }) => stdout.includes('4 trials'));
      killed.kill('SIGKILL');
      await killed.ended;
      expect(existsSync(join(cwd, 'sweeps.sqlite-control'))).toBe(true);
      const refused = await runSweepProcess(['stop'], { cwd });
      expect([refused.code, refused.stderr.includes('No run of')]).toEqual([2, true]);
      const next = start(cwd);
      await next.until(({ stdout }) => stdout.includes('4 trials'));
      expect((await runSweepProcess(['stop', '--now'], { cwd })).code).toBe(0);
      await next.ended;
    });
  },
  timeout,
);

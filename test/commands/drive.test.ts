import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { glance } from '../sweep/fixture-sweep.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';
import { bin } from './sweep-process.js';

/** A program that drives a sweep of `count` trials over `x`. */
async function driving(
  count: number,
  body: (driver: {
    readonly process: ChildProcess;
    readonly database: string;
    readonly say: (...lines: readonly object[]) => void;
    /** The next answer. */
    readonly hear: () => Promise<Record<string, unknown>>;
    readonly restart: () => void;
  }) => Promise<void>,
): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const database = join(directory, 'sweeps.sqlite');
    const file = join(directory, 'sweep.yaml');
    const values = Array.from({ length: count }, (_, index) => index + 1);
    writeFileSync(
      file,
      `command: [julia]\nobjectives: [nfe, gap]\nparameters: { x: [${values.join(', ')}] }\nworkers: 2\n`,
    );
    const start = () => {
      const process_ = spawn(process.execPath, [bin, 'drive', file, '--db', database], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const answers = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
      return { process: process_, answers };
    };
    let current = start();
    try {
      await body({
        get process() {
          return current.process;
        },
        database,
        say: (...lines) => void current.process.stdin.write(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
        hear: async () => JSON.parse((await current.answers.next()).value as string) as Record<string, unknown>,
        restart: () => (current = start()),
      });
    } finally {
      current.process.kill('SIGKILL');
    }
  });
}

test('another program asks for trials, tells how they went, and is told when all have ended', async () => {
  await driving(3, async ({ process, database, say, hear }) => {
    say({ ask: 2 });
    const [one, two] = [await hear(), await hear()];
    expect([one, two]).toEqual([
      { v: 1, trial: 1, attempt: 1, parameters: { x: 1 } },
      { v: 1, trial: 2, attempt: 1, parameters: { x: 2 } },
    ]);
    say({ tell: 1, epoch: { epoch: 1, loss: 0.5, nfe: 80, gap: 3 } }, { tell: 1, result: { loss: 0.25 } });
    say({ tell: 2, failed: 'the mesh is singular' }, { ask: 1 });
    expect(await hear()).toMatchObject({ trial: 3, parameters: { x: 3 } });
    say({ tell: 1, result: { loss: 9 } });
    expect(await hear()).toMatchObject({ error: expect.stringContaining('Trial 1 is not open') as string });
    say({ aks: 1 });
    expect(await hear()).toMatchObject({ error: expect.stringContaining('{"ask": 1}') as string });
    say({ tell: 3, result: { loss: 1, nfe: 2, gap: 0 } });
    expect(await hear()).toEqual({ v: 1, done: true });
    expect(await once(process, 'close')).toEqual([1, null]);
    const told =
      "SELECT group_concat(state || ' ' || coalesce(loss, reason) || ' ' || coalesce(nfe, '-'), '; ') FROM trials";
    expect(glance(database, told)).toBe('completed 0.25 80.0; failed the mesh is singular -; completed 1.0 2.0');
    expect(glance(database, "SELECT metrics ->> 'gap' FROM epochs WHERE trial = 1")).toBe(3);
  });
});

test('when the pipe closes open trials are queued again, and the same command hands them out once more', async () => {
  await driving(1, async ({ process, database, say, hear, restart }) => {
    say({ ask: 1 });
    await hear();
    say({ tell: 1, epoch: { epoch: 1, loss: 1 } });
    process.stdin?.end();
    await once(process, 'close');
    expect(glance(database, 'SELECT state FROM trials')).toBe('queued');
    restart();
    say({ ask: 1 });
    expect(await hear()).toMatchObject({ trial: 1, attempt: 2 });
    say({ tell: 1, result: { loss: 1 } });
    expect(await hear()).toEqual({ v: 1, done: true });
    expect(glance(database, 'SELECT attempts FROM trials')).toBe(2);
  });
});

test('a trial that someone kills is told to the program, which asks for another', async () => {
  await driving(2, async ({ database, say, hear }) => {
    say({ ask: 1 });
    await hear();
    spawn(process.execPath, [bin, 'kill', '1', '--db', database]);
    expect(await hear()).toEqual({ v: 1, trial: 1, prune: true });
    say({ ask: 1 });
    expect(await hear()).toMatchObject({ trial: 2 });
    const state = () => glance(database, 'SELECT state FROM trials WHERE trial = 1');
    await expect.poll(state).toBe('cancelled');
  });
});

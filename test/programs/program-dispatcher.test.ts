import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DispatchHooks, Dispatcher } from '../../src/sweep/dispatch/dispatcher.js';
import { createProgramDispatcher } from '../../src/sweep/dispatch/program-dispatcher.js';
import type { EpochMetrics, TrialMessage, TrialOutcome } from '../../src/training/trial.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';

const folder = fileURLToPath(new URL('../fixtures/programs/', import.meta.url));
const words = [process.execPath, 'program.mjs', '--rate', '{rate}', 'a b; rm -rf "$HOME"'];

let files: string;
let open: Dispatcher;

beforeEach(async () => {
  files = await makeTemporaryDirectory();
  open = createProgramDispatcher({ workers: 2, command: { words, program: null }, folder, files });
});

afterEach(async () => {
  await open.close();
  await removeDirectory(files);
});

/** Runs one deaf program and prints its processes. */
const coordinatorProgram = `
  import { createProgramDispatcher } from '${fileURLToPath(new URL('../../dist/src/sweep/dispatch/program-dispatcher.js', import.meta.url))}';
  const [folder, files] = process.argv.slice(1);
  const command = { words: [process.execPath, 'program.mjs', '{mode}'], program: null };
  const dispatcher = createProgramDispatcher({ workers: 1, command, folder, files });
  await dispatcher.run({ task: '', sweepSeed: 0, parameters: { mode: 'deaf' } }, {
    onMessage: ({ kind, metrics }) => {
      if (kind === 'epoch') console.log(JSON.stringify(Object.values(metrics.metrics)));
    },
  });`;

const run = (mode: string, hooks: Partial<DispatchHooks> = {}, dispatcher = open): Promise<TrialOutcome> =>
  dispatcher.run(
    { task: '', sweepSeed: 7, parameters: { rate: 1e-7, mode }, trial: { number: 5, attempt: 1 } },
    { onMessage: () => undefined, ...hooks },
  );

function epochsOf(messages: readonly TrialMessage[]): EpochMetrics[] {
  return messages.flatMap((message) => (message.kind === 'epoch' ? [message.metrics] : []));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function failure(outcome: Promise<TrialOutcome>) {
  const ended = await outcome;
  if (ended.state !== 'failed') throw new Error(`expected a failed trial, got a ${ended.state} one`);
  return ended.reason;
}

describe('a trial that is another program', () => {
  test('tells its epochs, and is judged by the last of them', async () => {
    const messages: TrialMessage[] = [];
    const outcome = await run('fit', { onMessage: (message) => void messages.push(message) });
    expect(epochsOf(messages)).toMatchObject([1, 2, 3].map((epoch) => ({ epoch, metrics: { kinetic: epoch } })));
    expect(epochsOf(messages)[0]).toMatchObject({ testLoss: 1, nfe: 21, trainLoss: null, memoryBytes: null });
    const shares = messages.flatMap((message) => (message.kind === 'progress' ? [message.progress.fraction] : []));
    expect(shares[0]).toBeCloseTo(1 / 3);
    expect(outcome).toEqual({
      state: 'completed',
      model: null,
      result: {
        nfe: 23,
        loss: 1 / 3,
        accuracy: null,
        trainLoss: null,
        trainSeconds: null,
        predictSeconds: null,
        epochs: 3,
        metrics: { kinetic: 3 },
      },
    });
  });

  test("tells where it ran and its result, with Python's NaN, and leaves a log with what could not be read", async () => {
    const messages: TrialMessage[] = [];
    const outcome = await run('result', { onMessage: (message) => void messages.push(message) });
    expect(messages[1]).toMatchObject({
      environment: { engine: 'command', dtype: 'f64', modelParameters: 12, versions: { julia: '1.11' } },
    });
    expect(epochsOf(messages)).toMatchObject([{ trainLoss: NaN, metrics: { kinetic: -Infinity } }]);
    expect(outcome).toMatchObject({
      result: { loss: 0.25, accuracy: 0.5, metrics: { kinetic: -Infinity, gap: Infinity } },
    });
    const log = readFileSync(join(files, '5.log'), 'utf8');
    expect(log).toContain('text for people');
    expect(log).toMatch(/1 line.*could not be read/);
  });

  test('gets each argument as it stands, its parameters in the environment, and a folder for checkpoints', async () => {
    const { code, message, detail } = await failure(run('arguments'));
    expect(code).toBe('exit_status');
    expect(message).toContain('exited with status 3');
    const told = JSON.parse(/^\{.*\}$/m.exec(detail ?? '')?.[0] ?? '') as unknown;
    expect(told).toEqual({ words: ['--rate', '1e-7', words[4]], trial: '5', folder: folder.replace(/\/$/, '') });
    expect(detail).toContain(join(files, '5.log'));
    expect(JSON.parse(readFileSync(join(files, '5.checkpoints', 'state'), 'utf8'))).toEqual({
      rate: 1e-7,
      mode: 'arguments',
    });
  });

  test('that tells no loss fails and says what was expected', async () => {
    expect(await failure(run('silent'))).toMatchObject({
      code: 'no_result',
      detail: expect.stringContaining('"result"') as string,
    });
    expect(existsSync(join(files, '5.checkpoints'))).toBe(false);
  });

  test('whose loss is no number has diverged', async () => {
    expect(await run('not-a-number')).toMatchObject({ state: 'diverged', reason: { code: 'non_finite' } });
  });

  test('that SIGKILL ends says what usually sends it', async () => {
    const outcome = await run('killed');
    expect(outcome).toMatchObject({
      reason: { code: 'worker_exit', message: expect.stringContaining('SIGKILL') as string },
    });
    expect(JSON.stringify(outcome)).toContain('runs out of memory');
  });

  test('that a signal ends is worker_exit with its name', async () => {
    const reason = await failure(run('crash'));
    expect(reason).toMatchObject({
      code: 'worker_exit',
      message: expect.stringMatching(/ended by SIGSEGV\.$/) as string,
    });
  });

  test('that cannot be started fails and says so', async () => {
    const one = createProgramDispatcher({
      workers: 1,
      command: { words: ['/nowhere/train'], program: null },
      folder,
      files,
    });
    expect((await failure(run('fit', {}, one))).message).toContain('/nowhere/train cannot be started');
    await one.close();
  });

  test('keeps no more than the last 64 KiB of what it prints', async () => {
    expect(await run('flood')).toMatchObject({ state: 'completed', result: { epochs: 0, nfe: null } });
    const log = readFileSync(join(files, '5.log'));
    expect(log.length).toBe(64 * 1024);
    expect(log.toString()).toContain('line 19999 of');
  });
});

describe('the end of a program', () => {
  /** Resolves with the figures of the first epoch told while the program runs. */
  const firstEpoch = (begin: (hooks: Pick<DispatchHooks, 'onMessage'>) => unknown): Promise<EpochMetrics> =>
    new Promise((resolve) => {
      begin({
        onMessage: (message) => {
          if (message.kind === 'epoch') resolve(message.metrics);
        },
      });
    });

  const processesOf = ({ metrics = {} }: EpochMetrics): number[] => Object.values(metrics);

  test('on request is by SIGTERM, which it may obey with a clean exit', async () => {
    const kill = new AbortController();
    let outcome: Promise<TrialOutcome> | undefined;
    const epoch = await firstEpoch((hooks) => (outcome = run('obedient', { ...hooks, kill: kill.signal })));
    kill.abort();
    expect(await outcome).toMatchObject({ state: 'cancelled', reason: { code: 'killed' } });
    expect(processesOf(epoch).map(isAlive)).toEqual([false]);
  });

  test('is forced when the run closes, and takes along what it has started', async () => {
    let outcome: Promise<TrialOutcome> | undefined;
    const epoch = await firstEpoch((hooks) => (outcome = run('deaf', hooks)));
    expect(processesOf(epoch).map(isAlive)).toEqual([true, true]);
    await open.close();
    expect(await outcome).toEqual({ state: 'interrupted' });
    await expect.poll(() => processesOf(epoch).some(isAlive)).toBe(false);
  });

  test('takes along what it left behind, which does not keep the trial waiting', async () => {
    const messages: TrialMessage[] = [];
    const outcome = await run('orphan', { onMessage: (message) => void messages.push(message) });
    expect(outcome.state).toBe('completed');
    const [epoch] = epochsOf(messages);
    await expect.poll(() => processesOf(epoch).some(isAlive)).toBe(false);
  });

  test('follows a kill of the coordinating process', async () => {
    const coordinator = spawn(process.execPath, ['--input-type=module', '-e', coordinatorProgram, folder, files]);
    const [line] = (await once(coordinator.stdout, 'data')) as [Buffer];
    const processes = JSON.parse(line.toString()) as number[];
    expect(processes.map(isAlive)).toEqual([true, true]);
    coordinator.kill('SIGKILL');
    await expect.poll(() => processes.some(isAlive)).toBe(false);
  });
});

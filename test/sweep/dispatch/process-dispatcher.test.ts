import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createProcessDispatcher } from '../../../src/sweep/dispatch/process-dispatcher.js';
import type { TrialMessage } from '../../../src/training/trial.js';
import { ask, deaf, describeDispatcher, failure, workerFile } from './dispatcher-contract.js';

const talkative = fileURLToPath(new URL('../../fixtures/workers/talkative.mjs', import.meta.url));

/** Runs one trial and prints the process that it runs in. */
const parentProgram = `
  import { createProcessDispatcher } from '${fileURLToPath(new URL('../../../dist/src/sweep/dispatch/process-dispatcher.js', import.meta.url))}';
  const [workerFile, behaviour] = process.argv.slice(1);
  const dispatcher = createProcessDispatcher({ workers: 1, workerFile });
  let pid;
  await dispatcher.run({ task: '', sweepSeed: 0, parameters: { seed: 1, behaviour } }, {
    onMessage: ({ kind, environment }) => {
      if (kind === 'environment') pid = environment.versions.pid;
      else console.log(pid);
    },
  });`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describeDispatcher('An executor of child processes', createProcessDispatcher);

describe('a native end of the process', () => {
  test.each(['SIGSEGV', 'SIGKILL', 'SIGBUS'])('%s costs the attempt only, and is its reason', async (signal) => {
    const one = createProcessDispatcher({ workers: 2, workerFile });
    const beside = one.run(ask('complete', { epochs: 40, pause: 5 }), deaf);
    const messages: TrialMessage[] = [];
    const reason = await failure(
      one.run(ask('signal', { signal, epochs: 300 }), { onMessage: (message) => void messages.push(message) }),
    );
    expect(reason).toMatchObject({ code: 'worker_exit' });
    expect(reason.message).toContain(signal);
    expect(messages).toHaveLength(301);
    expect(await beside).toMatchObject({ state: 'completed' });
    expect(await one.run(ask('complete'), deaf)).toMatchObject({ state: 'completed' });
    await one.close();
  });

  test('abort() is worker_exit by SIGABRT', async () => {
    const one = createProcessDispatcher({ workers: 1, workerFile });
    expect((await failure(one.run(ask('abort'), deaf))).message).toContain('SIGABRT');
    await one.close();
  });
});

test('a trial that never turns its event loop is heard, and is at most 65 messages ahead of the database', async () => {
  const one = createProcessDispatcher({ workers: 1, workerFile: talkative });
  const ahead: number[] = [];
  const reason = await failure(
    one.run(ask('tell', { epochs: 500 }), {
      onMessage: async (message) => {
        await pause(1);
        if (message.kind === 'epoch') ahead.push(message.metrics.epoch - (message.metrics.nfe ?? NaN));
      },
    }),
  );
  await one.close();
  expect(reason.code).toBe('told');
  expect(ahead).toHaveLength(500);
  expect(Math.max(...ahead)).toBeLessThanOrEqual(65);
});

test.each(['loop-until-stopped', 'loop-for-ever'])(
  'a child dies with its parent, even a killed one: %s',
  async (behaviour) => {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', parentProgram, workerFile, behaviour]);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const child = Number(line.toString());
    expect(isAlive(child)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(child)).toBe(false);
  },
);

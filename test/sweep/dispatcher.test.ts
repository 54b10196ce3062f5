import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import { createDispatcher } from '../../src/sweep/dispatch/create-dispatcher.js';
import type { Dispatcher, DispatcherOptions } from '../../src/sweep/dispatch/dispatcher.js';
import { failureReason } from '../../src/training/failure-reason.js';
import type { ParameterValues, TrialMessage, TrialOutcome, TrialRequest } from '../../src/training/trial.js';
import { createTrialControl, trialHooks } from '../../src/training/trial-channel.js';

const workerFile = fileURLToPath(new URL('../fixtures/workers/trials.mjs', import.meta.url));
const open: Dispatcher[] = [];

/** Half a second of grace and a little; the rest is for a machine that is busy with other tests. */
const terminationMilliseconds = 2000;

function dispatcher(options: DispatcherOptions = {}): Dispatcher {
  const created = createDispatcher({ workers: 1, workerFile, ...options });
  open.push(created);
  return created;
}

const ask = (behaviour: string, parameters: ParameterValues = {}): TrialRequest => ({
  task: 'fixture',
  sweepSeed: 0,
  parameters: { seed: 1, behaviour, ...parameters },
});

const deaf = { onMessage: (): void => undefined };
const epochsOf = (messages: readonly TrialMessage[]): number[] =>
  messages.flatMap((message) => (message.kind === 'epoch' ? [message.metrics.epoch] : []));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function failure(outcome: Promise<TrialOutcome>): Promise<{ code: string; message: string; detail?: string }> {
  const ended = await outcome;
  if (ended.state !== 'failed') throw new Error(`expected a failed trial, got a ${ended.state} one`);
  return ended.reason;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

describe('a trial on a thread', () => {
  test('comes back with its result and its parameters bit by bit', async () => {
    const outcome = await dispatcher().run(ask('complete', { seed: 3, epochs: 1 }), deaf);
    if (outcome.state !== 'completed') throw new Error(outcome.state);
    expect(outcome.result.loss).toBe(Math.sin(3));
    expect(Array.from(outcome.model.parameters, (value) => [value, Object.is(value, -0)])).toEqual([
      [3, false],
      [-0, true],
      [1 / 3, false],
    ]);
  });

  test('keeps results that are not finite', async () => {
    const outcome = await dispatcher().run(ask('return-nan'), deaf);
    expect(outcome).toMatchObject({ result: { loss: NaN, trainLoss: Infinity, nfe: -Infinity } });
  });

  test('delivers thousands of messages in order and before the outcome, however slowly they are handled', async () => {
    const messages: TrialMessage[] = [];
    await dispatcher().run(ask('complete', { epochs: 3000 }), {
      onMessage: async (message) => {
        if (messages.length % 100 === 0) await pause(1);
        messages.push(message);
      },
    });
    expect(messages[0]?.kind).toBe('environment');
    expect(epochsOf(messages)).toEqual(upTo(3000));
  });

  test('handles one message at a time', async () => {
    let inside = 0;
    let most = 0;
    await dispatcher().run(ask('complete', { epochs: 50 }), {
      onMessage: async () => {
        most = Math.max(most, ++inside);
        await pause(0);
        inside -= 1;
      },
    });
    expect(most).toBe(1);
  });

  test('is stopped, and `run` rejects, when a message cannot be handled', async () => {
    const run = dispatcher().run(ask('loop-until-stopped'), {
      onMessage: (message) => {
        if (message.kind === 'epoch') throw new Error('disk full');
      },
    });
    await expect(run).rejects.toThrow('disk full');
  });
});

describe('a trial that fails', () => {
  test('by an exception keeps its message and stack', async () => {
    const reason = await failure(dispatcher().run(ask('throw'), deaf));
    expect(reason).toMatchObject({ code: 'error', message: 'the batch is empty' });
    expect(reason.detail).toContain('trials.mjs');
  });

  test('by an exception outside of its own call stack is noticed too', async () => {
    const reason = await failure(dispatcher().run(ask('throw-later'), deaf));
    expect(reason).toMatchObject({ code: 'error', message: 'nobody caught this' });
  });

  test('by a result that cannot cross threads is noticed too', async () => {
    expect(await failure(dispatcher().run(ask('return-a-function'), deaf))).toMatchObject({ code: 'error' });
  });

  test('by its heap limit is out_of_memory and says the limit', async () => {
    const reason = await failure(dispatcher({ memoryMegabytes: 32 }).run(ask('fill-the-heap'), deaf));
    expect(reason.code).toBe('out_of_memory');
    expect(reason.message).toContain('32 MB');
  });

  test('by leaving its thread is worker_exit, and what it told before is still delivered', async () => {
    const messages: TrialMessage[] = [];
    const run = dispatcher().run(ask('exit', { epochs: 500 }), { onMessage: (message) => void messages.push(message) });
    const reason = await failure(run);
    expect(reason.code).toBe('worker_exit');
    expect(reason.message).toContain('code 7');
    expect(epochsOf(messages)).toEqual(upTo(500));
  });

  test('by a worker file that does not load fails, and waits for nothing', async () => {
    const reason = await failure(dispatcher({ workerFile: '/nowhere/worker.mjs' }).run(ask('complete'), deaf));
    expect(reason.message).toContain('/nowhere/worker.mjs');
  });

  test('leaves the trials beside and after it alone', async () => {
    const shared = dispatcher({ workers: 2, memoryMegabytes: 32 });
    const beside = shared.run(ask('complete', { epochs: 40, pause: 5 }), deaf);
    for (const behaviour of ['throw', 'fill-the-heap', 'exit', 'throw-later']) {
      await failure(shared.run(ask(behaviour), deaf));
      expect(await shared.run(ask('complete'), deaf)).toMatchObject({ state: 'completed' });
    }
    expect(await beside).toMatchObject({ state: 'completed', result: { epochs: 40 } });
  });
});

describe('stopping', () => {
  test('a trial that looks at the stop flag ends as interrupted', async () => {
    const one = dispatcher({ workers: 2 });
    const told = new Promise<void>((resolve) => {
      void one.run(ask('loop-until-stopped'), { onMessage: () => resolve() });
    });
    const run = one.run(ask('loop-until-stopped'), deaf);
    await told;
    one.abort();
    expect(await run).toEqual({ state: 'interrupted' });
  });

  test('a trial that never looks is terminated soon', async () => {
    const one = dispatcher();
    let begun = (): void => undefined;
    const told = new Promise<void>((resolve) => (begun = resolve));
    const run = one.run(ask('loop-for-ever'), { onMessage: () => begun() });
    await told;
    const since = performance.now();
    one.abort();
    one.abort();
    expect(await run).toEqual({ state: 'interrupted' });
    await one.close();
    expect(performance.now() - since).toBeLessThan(terminationMilliseconds);
  });

  test('no trial starts afterwards', async () => {
    const one = dispatcher();
    one.abort();
    expect(await one.run(ask('complete'), deaf)).toEqual({ state: 'interrupted' });
  });
});

test("threads that cannot even start are the machine's fault, not the trial's: `run` rejects", async () => {
  const one = dispatcher({ workers: 2, memoryMegabytes: 1 });
  const runs = [one.run(ask('complete'), deaf), one.run(ask('complete'), deaf)];
  for (const run of await Promise.allSettled(runs)) {
    expect(run).toMatchObject({ status: 'rejected', reason: { name: 'UserError', code: 'environment' } });
  }
});

test('options that mean nothing are refused with what was expected', () => {
  expect(() => createDispatcher({ workers: 0, workerFile })).toThrow(UserError);
  expect(() => createDispatcher({ workers: 1.5, workerFile })).toThrow('workers must be a whole number');
  expect(() => createDispatcher({ memoryMegabytes: 0, workerFile })).toThrow('memory must be a whole number');
});

describe("a trial's end of the channel", () => {
  test('tells progress about ten times a second, however often it is told', () => {
    const { port1: port, port2 } = new MessageChannel();
    const { tell } = trialHooks({ port, control: createTrialControl() });
    const progress = { fraction: 0, epoch: 1, epochs: 1, iteration: 1, iterationsPerEpoch: 1, loss: 1, nfe: 1 };
    const since = performance.now();
    while (performance.now() - since < 350) tell({ kind: 'progress', progress });
    let told = 0;
    while (receiveMessageOnPort(port2) !== undefined) told += 1;
    expect(told).toBeGreaterThanOrEqual(3);
    expect(told).toBeLessThanOrEqual(4);
    port2.close();
  });

  test('waits for the database once it is 64 messages ahead', async () => {
    const { port1: port, port2 } = new MessageChannel();
    const control = createTrialControl();
    const { tell } = trialHooks({ port, control });
    const environment = { engine: '', dtype: 'f64', device: '', versions: {}, modelParameters: 0, choices: null };
    for (let count = 0; count < 64; count++) tell({ kind: 'environment', environment });
    const slowDatabase = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       parentPort.postMessage('ready');
       setTimeout(() => { Atomics.add(workerData, 1, 1); Atomics.notify(workerData, 1); }, 150);`,
      { eval: true, workerData: control },
    );
    await once(slowDatabase, 'message');
    const since = performance.now();
    tell({ kind: 'environment', environment });
    expect(performance.now() - since).toBeGreaterThan(100);
    await slowDatabase.terminate();
    port2.close();
  });

  test('a user error keeps its code and hint', () => {
    const error = new UserError('environment', 'engine webgpu cannot start', { hint: 'Install webgpu.' });
    expect(failureReason(error)).toEqual({ code: 'environment', message: error.message, detail: 'Install webgpu.' });
    expect(failureReason('text')).toMatchObject({ code: 'error' });
  });
});

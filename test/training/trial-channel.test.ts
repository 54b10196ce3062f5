import { once } from 'node:events';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/errors.js';
import { failureReason } from '../../src/training/failure-reason.js';
import { createTrialControl, trialHooks } from '../../src/training/trial-channel.js';

describe("a trial's end of the channel", () => {
  afterEach(() => void vi.useRealTimers());

  test('tells progress ten times a second at most, however often it is told', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { port1: port, port2 } = new MessageChannel();
    const { tell } = trialHooks({ port, control: createTrialControl() });
    const progress = { fraction: 0, epoch: 1, epochs: 1, iteration: 1, iterationsPerEpoch: 1, loss: 1, nfe: 1 };
    for (let millisecond = 0; millisecond < 350; millisecond++) {
      for (let times = 0; times < 3; times++) tell({ kind: 'progress', progress });
      vi.advanceTimersByTime(1);
    }
    let told = 0;
    while (receiveMessageOnPort(port2) !== undefined) told += 1;
    expect(told).toBe(4);
    port2.close();
  });

  test('waits for the database once it is 64 messages ahead', async () => {
    const { port1: port, port2 } = new MessageChannel();
    const control = createTrialControl();
    const { tell } = trialHooks({ port, control });
    const environment = { engine: '', dtype: 'f64', device: '', versions: {}, modelParameters: 0, choices: null };
    for (let count = 0; count < 64; count++) tell({ kind: 'environment', environment });
    const committed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const slowDatabase = new Worker(
      `const { parentPort, workerData: { control, committed } } = require('node:worker_threads');
       parentPort.postMessage('ready');
       setTimeout(() => {
         Atomics.store(committed, 0, 1);
         Atomics.add(control, 1, 1);
         Atomics.notify(control, 1);
       }, 150);`,
      { eval: true, workerData: { control, committed } },
    );
    await once(slowDatabase, 'message');
    tell({ kind: 'environment', environment });
    expect(Atomics.load(committed, 0)).toBe(1);
    await slowDatabase.terminate();
    port2.close();
  });

  test('a user error keeps its code and hint', () => {
    const error = new UserError('environment', 'engine webgpu cannot start', { hint: 'Install webgpu.' });
    expect(failureReason(error)).toEqual({ code: 'environment', message: error.message, detail: 'Install webgpu.' });
    expect(failureReason('text')).toMatchObject({ code: 'error' });
  });
});

import { once } from 'node:events';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import { failureReason } from '../../src/training/failure-reason.js';
import { createTrialControl, trialHooks } from '../../src/training/trial-channel.js';

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

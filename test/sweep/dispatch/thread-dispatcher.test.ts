import { expect, test } from 'vitest';
import { createThreadDispatcher } from '../../../src/sweep/dispatch/thread-dispatcher.js';
import { ask, deaf, describeDispatcher, workerFile } from './dispatcher-contract.js';

describeDispatcher('An executor of threads', createThreadDispatcher);

test("threads that cannot even start are the machine's fault, not the trial's: `run` rejects", async () => {
  const one = createThreadDispatcher({ workers: 2, memoryMegabytes: 1, workerFile });
  const runs = [one.run(ask('complete'), deaf), one.run(ask('complete'), deaf)];
  for (const run of await Promise.allSettled(runs)) {
    expect(run).toMatchObject({ status: 'rejected', reason: { name: 'UserError', code: 'environment' } });
  }
  await one.close();
});

import { afterEach, expect, test } from 'vitest';
import { createDispatcher } from '../../../src/sweep/dispatch/create-dispatcher.js';
import type { Dispatcher } from '../../../src/sweep/dispatch/dispatcher.js';
import type { TrialMessage } from '../../../src/training/trial.js';
import { ask, deaf, failure, workerFile } from './dispatcher-contract.js';

let dispatcher: Dispatcher;
const begin = (): Dispatcher => (dispatcher = createDispatcher({ workers: 2, workerFile }));
afterEach(() => dispatcher.close());

const isolated = { ...deaf, isolated: true };

test('a trial that is isolated dies alone: this process, and the trial on a thread beside it, go on', async () => {
  const beside = begin().run(ask('complete', { epochs: 40, pause: 5 }), deaf);
  const reason = await failure(dispatcher.run(ask('abort'), isolated));
  expect(reason).toMatchObject({ code: 'worker_exit' });
  expect(reason.message).toContain('SIGABRT');
  expect(await beside).toMatchObject({ state: 'completed' });
});

test('a trial has the same result on a thread and isolated', async () => {
  const request = ask('complete', { seed: 3, epochs: 3 });
  begin();
  expect(await dispatcher.run(request, isolated)).toEqual(await dispatcher.run(request, deaf));
});

test.each([
  ['drain', 'loop-until-drained'],
  ['abort', 'loop-until-stopped'],
  ['close', 'loop-until-stopped'],
] as const)('%s reaches trials on threads and isolated ones, and none starts after it', async (end, behaviour) => {
  let begun = 0;
  const hooks = {
    onMessage: ({ kind }: TrialMessage): void => {
      if (kind === 'epoch' && ++begun === 2) void dispatcher[end]();
    },
  };
  begin();
  const outcomes = [hooks, { ...hooks, isolated: true }].map((each) => dispatcher.run(ask(behaviour), each));
  expect((await Promise.all(outcomes)).map(({ state }) => state)).toEqual(['interrupted', 'interrupted']);
  expect(await dispatcher.run(ask('complete'), isolated)).toEqual({ state: 'interrupted' });
});

test('one that ended before its first isolated trial starts no process for it', async () => {
  begin().drain();
  expect(await dispatcher.run(ask('abort'), isolated)).toEqual({ state: 'interrupted' });
});

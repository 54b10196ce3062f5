/**
 * What every executor must do, wherever its trials run: one suite, run against each of them.
 *
 * Real workers run `test/fixtures/workers/trials.mjs`, whose trials do what their parameter `behaviour` says.
 */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.js';
import type { Dispatcher, DispatcherOptions } from '../../../src/sweep/dispatch/dispatcher.js';
import type { ParameterValues, TrialMessage, TrialOutcome, TrialRequest } from '../../../src/training/trial.js';
import { living } from '../../fixtures/living.js';

export const workerFile = fileURLToPath(new URL('../../fixtures/workers/trials.mjs', import.meta.url));
const hoarder = fileURLToPath(new URL('../../fixtures/tasks/hoarder.mjs', import.meta.url));
export const ask = (behaviour: string, parameters: ParameterValues = {}): TrialRequest => ({
  task: 'fixture',
  sweepSeed: 0,
  parameters: { seed: 1, behaviour, ...parameters },
});

export const deaf = { onMessage: (): void => undefined };
const epochsOf = (messages: readonly TrialMessage[]): number[] =>
  messages.flatMap((message) => (message.kind === 'epoch' ? [message.metrics.epoch] : []));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The reason of a trial that must have failed. */
export async function failure(
  outcome: Promise<TrialOutcome>,
): Promise<{ code: string; message: string; detail?: string }> {
  const ended = await outcome;
  if (ended.state !== 'failed') throw new Error(`expected a failed trial, got a ${ended.state} one`);
  return ended.reason;
}

/** @param create makes the executor under test */
export function describeDispatcher(name: string, create: (options: DispatcherOptions) => Dispatcher): void {
  describe(name, () => {
    const open: Dispatcher[] = [];

    const dispatcher = (options: DispatcherOptions = {}): Dispatcher => {
      const created = create({ workers: 1, workerFile, ...options });
      open.push(created);
      return created;
    };

    afterEach(async () => {
      await Promise.all(open.splice(0).map((each) => each.close()));
    });

    test('a drain interrupts trials that heed it, lets others finish and starts none', async () => {
      const draining = dispatcher({ workers: 2 });
      let begun = 0;
      const hooks = {
        onMessage: (message: TrialMessage): void => {
          if (message.kind !== 'epoch' || message.metrics.epoch > 1) return;
          begun += 1;
          if (begun === 2) draining.drain();
        },
      };
      const outcomes = await Promise.all([
        draining.run(ask('loop-until-drained'), hooks),
        draining.run(ask('complete', { epochs: 20, pause: 10 }), hooks),
      ]);
      expect(outcomes.map(({ state }) => state)).toEqual(['interrupted', 'completed']);
      expect(await draining.run(ask('complete'), hooks)).toEqual({ state: 'interrupted' });
      expect(begun).toBe(2);
    });

    describe('a trial', () => {
      test('is not kept once its outcome has come back: a model can be large', async () => {
        const own = dispatcher();
        const outcomes: WeakRef<TrialOutcome>[] = [];
        for (let seed = 1; seed <= 8; seed += 1) {
          outcomes.push(new WeakRef(await own.run(ask('complete', { seed, epochs: 1 }), deaf)));
        }
        expect(await living(outcomes)).toBeLessThanOrEqual(1);
      });

      test('comes back with its result and its parameters bit by bit', async () => {
        const outcome = await dispatcher().run(ask('complete', { seed: 3, epochs: 1 }), deaf);
        if (outcome.state !== 'completed') throw new Error(outcome.state);
        expect(outcome.result.loss).toBe(Math.sin(3));
        expect(Array.from(outcome.model?.parameters ?? [], (value) => [value, Object.is(value, -0)])).toEqual([
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

      test('by a result that cannot be sent is noticed too', async () => {
        expect(await failure(dispatcher().run(ask('return-a-function'), deaf))).toMatchObject({ code: 'error' });
      });

      test('by its heap limit is out_of_memory and says the limit', async () => {
        const reason = await failure(dispatcher({ memoryMegabytes: 32 }).run(ask('fill-the-heap'), deaf));
        expect(reason.code).toBe('out_of_memory');
        expect(reason.message).toContain('32 MB');
      });

      test('by what it holds in typed arrays is out_of_memory, and one that holds less completes', async () => {
        const trainer = create({ workers: 1, memoryMegabytes: 96 });
        open.push(trainer);
        const hoard = (megabytes: number): TrialRequest => ({
          task: hoarder,
          sweepSeed: 0,
          parameters: { hoard: megabytes, epochs: 1 },
        });
        const reason = await failure(trainer.run(hoard(200), deaf));
        expect(reason.code).toBe('out_of_memory');
        expect(reason.message).toMatch(/limit of 96 MB/);
        expect(await trainer.run(hoard(20), deaf)).toMatchObject({ state: 'completed' });
      });

      test('by leaving its worker is worker_exit, and what it told before is still delivered', async () => {
        const messages: TrialMessage[] = [];
        const run = dispatcher().run(ask('exit', { epochs: 500 }), {
          onMessage: (message) => void messages.push(message),
        });
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

      test('a trial that never looks is terminated', async () => {
        const one = dispatcher();
        let begun = (): void => undefined;
        const told = new Promise<void>((resolve) => (begun = resolve));
        const run = one.run(ask('loop-for-ever'), { onMessage: () => begun() });
        await told;
        one.abort();
        one.abort();
        expect(await run).toEqual({ state: 'interrupted' });
        await one.close();
      });

      test('no trial starts afterwards', async () => {
        const one = dispatcher();
        one.abort();
        expect(await one.run(ask('complete'), deaf)).toEqual({ state: 'interrupted' });
      });
    });

    test('options that mean nothing are refused with what was expected', () => {
      expect(() => create({ workers: 0, workerFile })).toThrow(UserError);
      expect(() => create({ workers: 1.5, workerFile })).toThrow('workers must be a whole number');
      expect(() => create({ memoryMegabytes: 0, workerFile })).toThrow('memory must be a whole number');
    });

    describe('a time limit', () => {
      test('ends a trial that looks at the stop flag as timed_out', async () => {
        const outcome = await dispatcher({ timeoutSeconds: 1 }).run(ask('loop-until-stopped'), deaf);
        expect(outcome).toMatchObject({ state: 'timed_out', reason: { code: 'timeout' } });
      });

      test('ends a trial that never looks as timed_out too, and the next one runs', async () => {
        const one = dispatcher({ timeoutSeconds: 1 });
        const outcome = await one.run(ask('loop-for-ever'), deaf);
        if (outcome.state !== 'timed_out') throw new Error(outcome.state);
        expect(outcome.reason.detail).toContain('terminated');
        expect(await one.run(ask('complete'), deaf)).toMatchObject({ state: 'completed' });
      });
    });

    test.each(['loop-until-stopped', 'loop-for-ever'])(
      'a trial that someone kills is cancelled: %s',
      async (behaviour) => {
        const kill = new AbortController();
        const outcome = await dispatcher().run(ask(behaviour), {
          kill: kill.signal,
          onMessage: (message) => {
            if (message.kind === 'epoch') kill.abort();
          },
        });
        expect(outcome).toMatchObject({ state: 'cancelled', reason: { code: 'killed' } });
      },
    );

    test('more workers run more trials at a time, and no fewer than one can be asked for', async () => {
      const one = dispatcher();
      let told = 0;
      one.resize(2);
      expect(one.workers).toBe(2);
      // Neither ends before both run.
      const onMessage = (message: TrialMessage): void => {
        if (message.kind === 'epoch' && ++told === 2) one.abort();
      };
      const runs = [1, 2].map((seed) => one.run(ask('loop-until-stopped', { seed }), { onMessage }));
      expect((await Promise.all(runs)).map(({ state }) => state)).toEqual(['interrupted', 'interrupted']);
      expect(() => one.resize(0)).toThrow(UserError);
    });

    test('more trials than workers wait for their turn', async () => {
      const one = dispatcher();
      const runs = [1, 2, 3].map((seed) => one.run(ask('complete', { seed }), deaf));
      expect((await Promise.all(runs)).map(({ state }) => state)).toEqual(['completed', 'completed', 'completed']);
    });
  });
}

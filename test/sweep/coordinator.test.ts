import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SweepEvent } from '../../src/sweep/events.js';
import { readModelFile } from '../../src/sweep/model-file.js';
import { cellsOf, completing, glance, inDatabase, kinds, runFixture, states, table } from './fixture-sweep.js';

describe('events', () => {
  test('come after their commit: a second connection sees the effect of each', async () => {
    await inDatabase(async (database) => {
      const seen: string[] = [];
      const look = (event: SweepEvent): void => {
        seen.push(event.kind);
        const state = (trial: number): unknown => glance(database, 'SELECT state FROM trial WHERE id = ?', trial);
        switch (event.kind) {
          case 'sweep-started':
            expect(glance(database, 'SELECT count(*) FROM trial')).toBe(3);
            break;
          case 'trial-started':
            expect(state(event.trial)).toBe('running');
            break;
          case 'trial-environment':
            expect(glance(database, 'SELECT engine FROM attempt WHERE trial_id = ?', event.trial)).toBe('fixture');
            break;
          case 'epoch-recorded':
            expect(
              glance(
                database,
                'SELECT train_loss FROM epoch JOIN attempt ON attempt_id = attempt.id WHERE trial_id = ? AND epoch = ?',
                event.trial,
                event.metrics.epoch,
              ),
            ).toBe(event.metrics.trainLoss);
            break;
          case 'trial-completed': {
            expect(state(event.trial)).toBe('completed');
            const file = glance(database, 'SELECT model_file FROM trial WHERE id = ?', event.trial) as string;
            expect(existsSync(join(dirname(database), file))).toBe(true);
            break;
          }
          case 'trial-ended':
            expect(state(event.trial)).toBe(event.state);
            break;
          case 'trials-added':
          case 'sweep-finished':
          case 'sweep-stopping':
          case 'trial-progress':
          case 'sweep-paused':
          case 'trial-retried':
          case 'trial-requeued':
            break;
          default:
            event satisfies never;
        }
      };
      const errors: unknown[] = [];
      await runFixture({
        database,
        cells: cellsOf({}, { behaviour: 'throw' }, { behaviour: 'diverge' }),
        listen: (event) => {
          try {
            look(event);
          } catch (error) {
            errors.push(error);
          }
        },
      });
      expect(errors).toEqual([]);
      expect(new Set(seen)).toEqual(
        new Set([
          'sweep-started',
          'trial-started',
          'trial-environment',
          'epoch-recorded',
          'trial-completed',
          'trial-ended',
          'sweep-finished',
        ]),
      );
      expect([seen[0], seen.at(-1)]).toEqual(['sweep-started', 'sweep-finished']);
    });
  });

  test('of one trial are in order, its epochs all before its completion', async () => {
    await inDatabase(async (database) => {
      const { events } = await runFixture({ database, cells: completing(1, { epochs: 300 }) });
      const epochs = events.flatMap((event) => (event.kind === 'epoch-recorded' ? [event.metrics.epoch] : []));
      expect(epochs).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
      expect(kinds(events).slice(0, 3)).toEqual(['sweep-started', 'trial-started', 'trial-environment']);
      expect(kinds(events).slice(-2)).toEqual(['trial-completed', 'sweep-finished']);
      expect(glance(database, 'SELECT count(*) FROM epoch')).toBe(300);
    });
  });

  test('a listener that throws is warned about once and changes nothing', async () => {
    await inDatabase(async (database) => {
      const warnings: string[] = [];
      const hear = (warning: Error): void => void warnings.push(warning.message);
      process.on('warning', hear);
      const listen = (): never => {
        throw new Error('the screen is gone');
      };
      const run = await runFixture({ database, cells: completing(3), listen });
      await new Promise(setImmediate);
      process.off('warning', hear);
      expect(run.summary?.counts).toMatchObject({ completed: 3 });
      expect(warnings).toEqual(['the screen is gone']);
    });
  });
});

describe('trials', () => {
  test('give the same table with 1, 2 and 4 workers', async () => {
    const cells = cellsOf(
      ...completing(6).map(({ parameters }) => parameters),
      { behaviour: 'throw' },
      { behaviour: 'diverge' },
      { behaviour: 'return-nan' },
    );
    const tables: unknown[] = [];
    for (const workers of [1, 2, 4]) {
      await inDatabase(async (database) => {
        await runFixture({ database, cells, workers });
        tables.push(table(database));
      });
    }
    expect(tables[0]).toHaveLength(2 * 7 + 2);
    expect(tables[1]).toEqual(tables[0]);
    expect(tables[2]).toEqual(tables[0]);
  });

  test('that throw, run out of memory or leave their thread are recorded with the reason, the others complete', async () => {
    await inDatabase(async (database) => {
      const cells = cellsOf({}, { behaviour: 'throw' }, { behaviour: 'fill-the-heap' }, { behaviour: 'exit' }, {}, {});
      const run = await runFixture({ database, cells, memoryMegabytes: 32 });
      expect(states(run)).toEqual(['completed', 'failed', 'failed', 'failed', 'completed', 'completed']);
      expect(run.trials.map(({ reason }) => reason?.code)).toEqual([
        undefined,
        'error',
        'out_of_memory',
        'worker_exit',
        undefined,
        undefined,
      ]);
      expect(run.summary).toMatchObject({ counts: { completed: 3, failed: 3, queued: 0 }, ended: 6, stopped: null });
    });
  });

  test('keep numbers that are not finite', async () => {
    await inDatabase(async (database) => {
      const { trials } = await runFixture({ database, cells: cellsOf({ behaviour: 'return-nan' }) });
      expect(trials[0]?.result).toMatchObject({ loss: NaN, trainLoss: Infinity, nfe: -Infinity });
    });
  });

  test('keep their model beside the database, and its bits', async () => {
    await inDatabase(async (database) => {
      await runFixture({ database, cells: completing(2) });
      const file = glance(database, 'SELECT model_file FROM trial WHERE number = 2') as string;
      expect(file).toMatch(/^sweeps\.sqlite\.models\/any-behaviour\.[0-9a-f]{12}\/2\.safetensors$/);
      const model = await readModelFile(join(dirname(database), file));
      expect(Array.from(model.parameters)).toEqual([2, -0, 1 / 3]);
      expect(model).toMatchObject({ task: 'fixture', cell: completing(2)[1]?.hash });
    });
  });
});

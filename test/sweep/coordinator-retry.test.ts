/** Attempts made again: by policy within a run, by request in a later one; and runs that give up. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cellsOf, completing, count, glance, inDatabase, runFixture, states } from './fixture-sweep.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';

const eager = { maxRetries: 2, reasons: ['worker_exit'], backoffSeconds: 0.01 };

describe('a thread that dies', () => {
  test('costs its attempt, and the trial is run again', async () => {
    await withTemporaryDirectory(async (directory) => {
      const once = join(directory, 'died-once');
      const database = join(directory, 'sweeps.sqlite');
      const cells = cellsOf({ behaviour: 'die-once', mark: once }, {}, {});
      const run = await runFixture({ database, cells, retryPolicy: eager });
      expect(existsSync(once)).toBe(true);
      expect(states(run)).toEqual(['completed', 'completed', 'completed']);
      expect(run.trials[0].attempts).toBe(2);
      expect(count(run.events, 'trial-retried')).toBe(1);
      const reason = glance(database, 'SELECT reason_code FROM attempt WHERE number = 1 AND trial_id = 1');
      expect(reason).toBe('worker_exit');
    });
  });

  test('again and again ends the trial once the retries are used up', async () => {
    await inDatabase(async (database) => {
      const run = await runFixture({ database, cells: cellsOf({ behaviour: 'exit' }, {}), retryPolicy: eager });
      expect(states(run)).toEqual(['failed', 'completed']);
      expect(run.trials[0]).toMatchObject({ attempts: 3, reason: { code: 'worker_exit' } });
      expect(glance(database, "SELECT count(*) FROM attempt WHERE state = 'failed'")).toBe(3);
    });
  });

  test('leaves the trial queued if it dies in a run that is stopping already', async () => {
    await inDatabase(async (database) => {
      const run = await runFixture({
        database,
        cells: cellsOf({ behaviour: 'exit' }, {}),
        workers: 1,
        retryPolicy: eager,
        listen: (event, { stop }) => event.kind === 'trial-started' && stop('drain'),
      });
      expect(states(run)).toEqual(['queued', 'queued']);
      expect(run.trials[0].attempts).toBe(1);
    });
  });

  test('leaves the trial queued if the run is stopped while it waits for its next attempt', async () => {
    await inDatabase(async (database) => {
      const run = await runFixture({
        database,
        cells: cellsOf({ behaviour: 'exit' }),
        retryPolicy: { ...eager, backoffSeconds: 3600 },
        listen: (event, { stop }) => event.kind === 'trial-retried' && stop('drain'),
      });
      expect(states(run)).toEqual(['queued']);
      expect(run.summary).toMatchObject({ ended: 0, stopped: 'drain', cause: null });
    });
  });
});

describe('a time limit', () => {
  test('ends trials that listen and trials that do not, and no others', async () => {
    await inDatabase(async (database) => {
      const cells = cellsOf({ behaviour: 'loop-until-stopped' }, { behaviour: 'loop-for-ever' }, {}, {});
      // It holds the start of a thread, which a busy machine takes its time for.
      const run = await runFixture({ database, cells, workers: 1, timeoutSeconds: 3 });
      expect(states(run)).toEqual(['timed_out', 'timed_out', 'completed', 'completed']);
      expect(run.trials[0].reason).toEqual({
        code: 'timeout',
        message: 'It ran longer than its limit of 3 s.',
        detail: 'It ended when it was asked to.',
      });
      expect(run.trials[1].reason?.detail).toBe('It did not answer: its thread was terminated.');
      expect(glance(database, 'SELECT count(*) FROM epoch')).toBe(6);
    });
  });
});

describe('a run that only fails', () => {
  test('is given up after the first five failures alike, and goes on where someone asks', async () => {
    await inDatabase(async (database) => {
      const cells = cellsOf(...Array.from({ length: 12 }, () => ({ behaviour: 'throw' })));
      const run = await runFixture({ database, cells, workers: 1 });
      expect(run.summary).toMatchObject({
        counts: { failed: 5, queued: 7 },
        stopped: 'drain',
        cause: { code: 'failures', message: 'the first 5 trials all ended as error: the batch is empty' },
      });
      const second = await runFixture({ database, cells, workers: 1, failureBudget: { kind: 'unlimited' } });
      expect(second.summary).toMatchObject({ counts: { failed: 12, queued: 0 }, stopped: null, cause: null });
    });
  });

  test('is given up once more trials have failed than the budget allows', async () => {
    await inDatabase(async (database) => {
      const cells = cellsOf({}, { behaviour: 'throw' }, {}, { behaviour: 'diverge' }, {}, {}, {});
      const run = await runFixture({ database, cells, workers: 1, failureBudget: { kind: 'count', trials: 1 } });
      expect(states(run).slice(0, 4)).toEqual(['completed', 'failed', 'completed', 'diverged']);
      expect(states(run).at(-1)).toBe('queued');
      expect(run.summary?.cause?.code).toBe('failures');
    });
  });
});

test('a run beyond its time starts no further trial and finishes those that run', async () => {
  await inDatabase(async (database) => {
    const cells = completing(40, { epochs: 4, pause: 20 });
    const run = await runFixture({ database, cells, workers: 2, maxSeconds: 0.4 });
    const { completed, queued } = run.summary?.counts ?? { completed: 0, queued: 0 };
    expect(completed + queued).toBe(40);
    expect(queued).toBeGreaterThan(0);
    expect(run.summary?.cause?.code).toBe('max_time');
    expect((await runFixture({ database, cells })).summary?.counts.completed).toBe(40);
  });
});

describe('trials that ended without a result', () => {
  test('run again where someone asks for their state, and no others do', async () => {
    await withTemporaryDirectory(async (directory) => {
      const database = join(directory, 'sweeps.sqlite');
      const mark = join(directory, 'mended');
      const cells = cellsOf({ behaviour: 'throw-until', mark }, { behaviour: 'diverge' }, {});
      const first = await runFixture({ database, cells });
      expect(states(first)).toEqual(['failed', 'diverged', 'completed']);
      const same = await runFixture({ database, cells });
      expect([states(same), same.summary?.ended]).toEqual([['failed', 'diverged', 'completed'], 0]);

      const retried = await runFixture({ database, cells, retry: ['failed'] });
      expect(states(retried)).toEqual(['completed', 'diverged', 'completed']);
      expect(retried.events[0]).toMatchObject({ kind: 'sweep-started', retried: [first.trials[0].id] });
      expect(retried.trials.map(({ attempts }) => attempts)).toEqual([2, 1, 1]);
      expect(glance(database, 'SELECT state FROM attempt WHERE trial_id = 1 AND number = 1')).toBe('failed');
    });
  });

  test('outside the plan stay as they are', async () => {
    await inDatabase(async (database) => {
      const cells = cellsOf({ behaviour: 'throw' }, { behaviour: 'diverge' });
      await runFixture({ database, cells });
      const run = await runFixture({ database, cells: cells.slice(1), retry: ['failed', 'diverged'] });
      expect(run.trials.map(({ attempts }) => attempts)).toEqual([1, 2]);
    });
  });
});

import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { defaultRetryPolicy } from '../../src/sweep/coordinator/retry-policy.js';
import { cellsOf, completing, count, inDatabase, runFixture, states } from './fixture-sweep.js';

describe('running again', () => {
  test('runs only what has not ended', async () => {
    await inDatabase(async (database) => {
      const cells = cellsOf({}, { behaviour: 'throw' }, {}, {});
      await runFixture({ database, cells: cells.slice(0, 3) });
      const again = await runFixture({ database, cells });
      expect(count(again.events, 'trial-started')).toBe(1);
      expect(again.summary).toMatchObject({ counts: { completed: 3, failed: 1 }, ended: 1 });
      expect(again.trials.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1]);
    });
  });

  test('counts and leaves alone what the plan no longer holds', async () => {
    await inDatabase(async (database) => {
      const cells = completing(5);
      await runFixture({
        database,
        cells,
        workers: 1,
        listen: (event, run) => event.kind === 'trial-completed' && run.stop('drain'),
      });
      const again = await runFixture({ database, cells: cells.slice(3) });
      expect(again.events[0]).toMatchObject({ kind: 'sweep-started', outsidePlan: 3 });
      expect(states(again)).toEqual(['completed', 'queued', 'queued', 'completed', 'completed']);
    });
  });

  test('queues the trials again that a killed process left running', async () => {
    await inDatabase(async (database) => {
      const cells = completing(3);
      await runFixture({
        database,
        cells,
        listen: (event, run) => event.kind === 'sweep-started' && run.stop('abort'),
      });
      const writer = new Database(database);
      writer.exec(`INSERT INTO attempt (trial_id, number, host, pid, program_version, started_at)
                     SELECT id, 1, 'lab', 1, '0.0.0', '2024-01-01T00:00:00.000Z' FROM trial WHERE number = 2;
                   UPDATE trial SET state = 'running', attempts = 1 WHERE number = 2;`);
      writer.close();
      const again = await runFixture({ database, cells });
      const orphan = again.trials[1];
      expect(again.events[0]).toMatchObject({ kind: 'sweep-started', requeued: [orphan.id] });
      expect(again.trials.map(({ attempts }) => attempts)).toEqual([1, 2, 1]);
      expect(states(again)).toEqual(['completed', 'completed', 'completed']);
      expect(again.events).toContainEqual({ kind: 'trial-started', trial: orphan.id, attempt: 2 });
    });
  });

  test('isolates the trials that were running when the last two runs died: the one that crashes fails alone', async () => {
    await inDatabase(async (database) => {
      const cells = cellsOf({}, { behaviour: 'abort' }, {}, {});
      await runFixture({
        database,
        cells,
        listen: (event, run) => event.kind === 'sweep-started' && run.stop('abort'),
      });
      const writer = new Database(database);
      for (const attempt of [1, 2]) {
        writer.exec(`INSERT INTO attempt (trial_id, number, host, pid, program_version, started_at, state, reason_code, reason_message)
                       SELECT id, ${attempt}, 'lab', 1, '0.0.0', '2024-01-01T00:00:00.000Z', 'lost', 'process_gone', ''
                       FROM trial WHERE number IN (1, 2);
                     UPDATE trial SET attempts = ${attempt} WHERE number IN (1, 2);`);
      }
      writer.close();
      const again = await runFixture({ database, cells, retryPolicy: { ...defaultRetryPolicy, maxRetries: 0 } });
      expect(states(again)).toEqual(['completed', 'failed', 'completed', 'completed']);
      expect(again.trials[1]?.reason).toMatchObject({ code: 'worker_exit' });
      const noted = again.events.flatMap((event) => (event.kind === 'trial-noted' ? [event] : []));
      expect(noted.map(({ trial }) => trial)).toEqual([again.trials[0]?.id, again.trials[1]?.id]);
      expect(noted[0]?.message).toContain('in a process of its own');
    });
  });
});

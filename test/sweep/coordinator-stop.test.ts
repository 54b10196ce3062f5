import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import { cellsOf, completing, count, glance, inDatabase, kinds, runFixture, states } from './fixture-sweep.js';

describe('stopping', () => {
  test('by drain lets running trials without checkpoints finish and starts no other', async () => {
    await inDatabase(async (database) => {
      let running = 0;
      const run = await runFixture({
        database,
        cells: completing(6, { epochs: 5, pause: 2 }),
        listen: (event, { stop }) => event.kind === 'trial-environment' && ++running === 2 && stop('drain'),
      });
      // A thread that was slow to start may have let the other one finish its first trial.
      const started = count(run.events, 'trial-started');
      expect([2, 3]).toContain(started);
      const counts = { completed: started, queued: 6 - started };
      expect(run.summary).toMatchObject({ counts, ended: started, stopped: 'drain' });
      expect(run.events).toContainEqual({ kind: 'sweep-stopping', mode: 'drain', cause: null });
      expect(kinds(run.events).lastIndexOf('trial-started')).toBeLessThan(kinds(run.events).indexOf('sweep-stopping'));
      expect(run.events.at(-1)).toEqual({ kind: 'sweep-finished', stopped: 'drain', cause: null });
    });
  });

  test('by drain sends trials that leave a checkpoint back to the queue', async () => {
    await inDatabase(async (database) => {
      let told = 0;
      const run = await runFixture({
        database,
        cells: cellsOf({ behaviour: 'loop-until-drained' }, { behaviour: 'loop-until-drained' }, {}),
        listen: (event, { stop }) => event.kind === 'epoch-recorded' && ++told === 2 && stop('drain'),
      });
      expect(states(run)).toEqual(['queued', 'queued', 'queued']);
      expect(count(run.events, 'trial-requeued')).toBe(2);
      expect(run.summary).toMatchObject({ ended: 0, stopped: 'drain' });
    });
  });

  test('by abort sends running trials back to the queue, also those that never look', async () => {
    await inDatabase(async (database) => {
      let told = 0;
      const run = await runFixture({
        database,
        cells: cellsOf({ behaviour: 'loop-until-stopped' }, { behaviour: 'loop-for-ever' }, {}),
        listen: (event, { stop }) => {
          if (event.kind !== 'epoch-recorded' || ++told < 2) return;
          stop('abort');
          stop('abort');
          stop('drain');
        },
      });
      expect(states(run)).toEqual(['queued', 'queued', 'queued']);
      expect(count(run.events, 'trial-requeued')).toBe(2);
      expect(count(run.events, 'sweep-stopping')).toBe(1);
      expect(run.summary).toMatchObject({ ended: 0, stopped: 'abort' });
      expect(glance(database, "SELECT count(*) FROM attempt WHERE state = 'interrupted'")).toBe(2);
    });
  });

  test('may go from drain to abort', async () => {
    await inDatabase(async (database) => {
      const run = await runFixture({
        database,
        cells: cellsOf({ behaviour: 'loop-until-stopped' }, {}),
        workers: 1,
        listen: (event, { stop }) => {
          if (event.kind === 'epoch-recorded') stop('drain');
          if (event.kind === 'sweep-stopping' && event.mode === 'drain') stop('abort');
        },
      });
      expect(run.summary).toMatchObject({ counts: { queued: 2 }, stopped: 'abort' });
    });
  });
});

test('nothing of a run is left when it has ended: every port to a thread is closed', async () => {
  await inDatabase(async (database) => {
    const ports = (): number => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
    const before = ports();
    await runFixture({
      database,
      cells: cellsOf({ behaviour: 'loop-for-ever', seed: 9 }, { seed: 10 }),
      listen: (event, run) => {
        if (event.kind === 'trial-completed') run.stop('abort');
      },
    });
    // A closed port gives its handle back on one of the next turns of the event loop.
    await expect.poll(ports).toBe(before);
  });
});

describe('what is no trial’s fault', () => {
  test('a database that refuses a commit ends the run as a user error, and the next run goes on', async () => {
    await inDatabase(async (database) => {
      const cells = completing(8, { epochs: 4, pause: 1 });
      let writer: Database.Database | undefined;
      const broken = await runFixture({
        database,
        cells,
        busyTimeoutMs: 20,
        listen: (event) => {
          if (event.kind !== 'trial-completed' || writer !== undefined) return;
          writer = new Database(database);
          writer.exec('BEGIN IMMEDIATE');
        },
        whenFinished: () => writer?.close(),
      });
      expect(broken.error).toBeInstanceOf(UserError);
      expect(broken.error).toMatchObject({ code: 'database' });
      expect(count(broken.events, 'trial-completed')).toBe(1);
      expect(states(broken).filter((state) => state === 'completed')).toHaveLength(1);
      expect(states(broken)).toContain('running');
      const again = await runFixture({ database, cells });
      expect(again.summary).toMatchObject({ counts: { completed: 8 } });
      expect(glance(database, "SELECT count(*) FROM attempt WHERE state = 'completed'")).toBe(8);
    });
  });

  test('a database that refuses a commit does not wait for a trial that never looks at its stop flag', async () => {
    await inDatabase(async (database) => {
      let writer: Database.Database | undefined;
      const broken = await runFixture({
        database,
        cells: cellsOf({ behaviour: 'loop-for-ever' }),
        busyTimeoutMs: 20,
        listen: (event) => {
          if (event.kind !== 'trial-environment') return;
          writer = new Database(database);
          writer.exec('BEGIN IMMEDIATE');
        },
        whenFinished: () => writer?.close(),
      });
      expect(broken.error).toMatchObject({ name: 'UserError', code: 'database' });
      expect(states(broken)).toEqual(['running']);
    });
  });

  test('a model that cannot be written ends the run and leaves its trial in the queue', async () => {
    await inDatabase(async (database) => {
      writeFileSync(`${database}.models`, 'in the way');
      const run = await runFixture({ database, cells: completing(3), workers: 1 });
      expect(run.error).toMatchObject({ name: 'UserError', code: 'database' });
      expect((run.error as Error).message).toContain('1.safetensors cannot be written');
      expect(states(run)).toEqual(['queued', 'queued', 'queued']);
      expect(kinds(run.events)).not.toContain('sweep-finished');
    });
  });
});

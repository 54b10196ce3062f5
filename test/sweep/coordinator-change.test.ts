/** A run that is changed while it goes on: its workers, its end, further trials. */
import { expect, test } from 'vitest';
import { completing, count, glance, inDatabase, runFixture, states } from './fixture-sweep.js';

test('more workers start more trials at once, fewer let running ones finish', async () => {
  await inDatabase(async (database) => {
    let running = 0;
    const together: number[] = [];
    let release = (): void => undefined;
    const three = new Promise<void>((resolve) => (release = resolve));
    const run = await runFixture({
      database,
      cells: completing(8),
      workers: 1,
      // No trial ends before three run at a time.
      delay: () => three,
      listen: (event, { setWorkers }) => {
        if (event.kind === 'trial-completed') running -= 1;
        if (event.kind !== 'trial-started') return;
        running += 1;
        together.push(running);
        if (together.length === 1) setWorkers(3);
        if (together.length === 3) {
          setWorkers(1);
          release();
        }
      },
    });
    expect(together).toEqual([1, 2, 3, 1, 1, 1, 1, 1]);
    expect(run.summary?.counts.completed).toBe(8);
    expect(run.events.filter(({ kind }) => kind === 'sweep-changed')).toEqual([
      { kind: 'sweep-changed', workers: 3, maxSeconds: null },
      { kind: 'sweep-changed', workers: 1, maxSeconds: null },
    ]);
  });
});

test('a new end that has passed lets running trials finish and starts no other', async () => {
  await inDatabase(async (database) => {
    const run = await runFixture({
      database,
      cells: completing(3, { epochs: 5, pause: 10 }),
      workers: 1,
      maxSeconds: 1000,
      listen: (event, { setMaxTime }) => event.kind === 'trial-started' && setMaxTime(0.001),
    });
    expect(run.summary).toMatchObject({ stopped: 'drain', cause: { code: 'max_time' }, counts: { completed: 1 } });
    expect(run.events).toContainEqual({ kind: 'sweep-changed', workers: 1, maxSeconds: 0.001 });
  });
});

test('added trials run, are told after they are stored, and belong to every later run', async () => {
  await inDatabase(async (database) => {
    const cells = completing(4);
    const planned = cells.slice(0, 2);
    const answers: Promise<readonly number[]>[] = [];
    const first = await runFixture({
      database,
      cells: planned,
      workers: 1,
      listen: (event, { add, stop }) => {
        if (event.kind === 'trial-started' && event.trial === 2) {
          for (const more of [cells.slice(1, 3), cells.slice(3)]) {
            answers.push(add(more).then((trials) => trials.map(({ number }) => number)));
          }
        }
        if (event.kind === 'trials-added' && event.total === 4) stop('drain');
      },
    });
    // The second cell is stored already.
    expect(await Promise.all(answers)).toEqual([[3], [4]]);
    expect(first.summary?.counts.queued).toBeGreaterThan(0);
    expect(glance(database, 'SELECT count(*) FROM trial WHERE added = 1')).toBe(2);
    const again = await runFixture({ database, cells: planned });
    expect(again.events[0]).toMatchObject({ kind: 'sweep-started', outsidePlan: 0 });
    expect(states(again)).toEqual(['completed', 'completed', 'completed', 'completed']);
    expect(again.summary?.counts.completed).toBe(4);
  });
});

test('a trial that is added while the last one runs keeps the run open', async () => {
  await inDatabase(async (database) => {
    const cells = completing(2);
    const run = await runFixture({
      database,
      cells: cells.slice(0, 1),
      listen: (event, { add }) => {
        if (event.kind === 'trial-completed' && event.trial === 1) void add(cells.slice(1));
      },
    });
    expect(states(run)).toEqual(['completed', 'completed']);
    expect(count(run.events, 'trials-added')).toBe(1);
  });
});

test('a run that stops, and one that chooses its trials itself, take no others', async () => {
  await inDatabase(async (database) => {
    const cells = completing(2);
    const refusals: Promise<unknown>[] = [];
    await runFixture({
      database,
      cells: cells.slice(0, 1),
      listen: (event, { add, stop }) => {
        if (event.kind !== 'sweep-started') return;
        // `add` looks at what has been said before: the event is told first.
        queueMicrotask(() => {
          stop('drain');
          refusals.push(add(cells.slice(1)).catch((error: unknown) => error));
        });
      },
    });
    expect(await Promise.all(refusals)).toMatchObject([{ name: 'UserError', code: 'usage' }]);
  });
  await inDatabase(async (database) => {
    const refusals: Promise<unknown>[] = [];
    await runFixture({
      database,
      cells: completing(1),
      generationSize: 1,
      growth: { total: 1, next: () => [] },
      listen: (event, { add }) => {
        if (event.kind === 'trial-started') refusals.push(add(completing(2)).catch((error: unknown) => error));
      },
    });
    expect(await Promise.all(refusals)).toMatchObject([
      { message: 'This sweep chooses its trials itself and takes no others.' },
    ]);
  });
});

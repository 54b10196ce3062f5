/** The order in which trials start, where a plan asks for another than its own. */
import { expect, test } from 'vitest';
import type { SweepEvent } from '../../src/sweep/events.js';
import type { Prioritize } from '../../src/sweep/plan/prioritize.js';
import { cellsOf, completing, inDatabase, runFixture, states } from './fixture-sweep.js';

const started = (events: readonly SweepEvent[]): number[] =>
  events.flatMap((event) => (event.kind === 'trial-started' ? [event.trial] : []));

const lastFirst: Prioritize = (queued) => [...queued].reverse();

test('trials start in the order that is asked for, which is told once of each that has ended', async () => {
  await inDatabase(async (database) => {
    const told: number[] = [];
    const prioritize: Prioritize = (queued, finished) => {
      told.push(finished.length);
      return finished.length === 0 ? lastFirst(queued, finished) : [...queued].sort((a, b) => a.number - b.number);
    };
    const run = await runFixture({ database, cells: completing(5), workers: 1, prioritize });
    expect(started(run.events)).toEqual([5, 1, 2, 3, 4]);
    expect(told).toEqual([0, 1, 1, 1, 1]);
  });
});

test('an order reaches a bounded number of trials, and never over generations that must wait', async () => {
  await inDatabase(async (database) => {
    const asked: number[] = [];
    const prioritize: Prioritize = (queued, finished) => {
      asked.push(queued.length);
      return lastFirst(queued, finished);
    };
    const run = await runFixture({ database, cells: completing(9), workers: 1, generationSize: 2, prioritize });
    expect(started(run.events).slice(0, 4).sort()).toEqual([1, 2, 3, 4]);
    expect(Math.max(...asked)).toBeLessThanOrEqual(4);
    expect(run.summary?.counts.completed).toBe(9);
  });
  await inDatabase(async (database) => {
    const asked: number[] = [];
    const prioritize: Prioritize = (queued) => {
      asked.push(queued.length);
      return queued;
    };
    const listen = (event: SweepEvent, { stop }: { stop: (mode: 'drain') => void }): void => {
      if (event.kind === 'trial-completed') stop('drain');
    };
    await runFixture({ database, cells: completing(3000), workers: 1, prioritize, listen });
    expect(asked).toEqual([256]);
  });
});

test('an order that leaves a trial out ends the run, and no trial is lost', async () => {
  await inDatabase(async (database) => {
    const run = await runFixture({ database, cells: cellsOf({}, {}), prioritize: (queued) => queued.slice(1) });
    expect(String(run.error)).toContain('each of the trials');
    expect(states(run)).toEqual(['queued', 'queued']);
  });
});

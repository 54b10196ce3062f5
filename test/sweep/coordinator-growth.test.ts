/** Plans of generations, and plans that choose their next cells by the results of earlier ones. */
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cell } from '../../src/sweep/cell.js';
import type { HistoryEntry, PlanGrowth } from '../../src/sweep/plan/plan-growth.js';
import { isTerminal } from '../../src/sweep/trial-state.js';
import {
  cellsOf,
  completing,
  count,
  inDatabase,
  runFixture,
  states,
  table,
  type FixtureOptions,
} from './fixture-sweep.js';

const size = 3;
const beginning = completing(2 * size);

/** Cells that depend on every number of generations ≤ g−2: a difference of one of them shows in all that follow. */
function toyGrowth(total: number): PlanGrowth {
  return {
    total,
    next: (history: readonly HistoryEntry[]): readonly Cell[] => {
      const generation = Math.floor(history.length / size);
      const past = history.slice(0, size * (generation - 1));
      expect(past.every(({ state }) => isTerminal(state))).toBe(true);
      const sum = past.reduce((total, { result }, index) => total + (result?.loss ?? 1) * (index + 1), 0);
      const salt = Math.round(1e6 * Math.abs(sum));
      const behaviour = salt % 3 === 0 ? 'throw' : 'complete';
      return cellsOf(
        ...Array.from({ length: size }, (_, index) => ({ behaviour, salt, seed: history.length + index + 1 })),
      );
    },
  };
}

const options = { cells: beginning, generationSize: size, failureBudget: { kind: 'unlimited' } } as const;

describe('a plan that grows', () => {
  test('has the same cells, each exactly once, with any workers, durations and stops', async () => {
    const run = (database: string, how: Partial<FixtureOptions>) =>
      runFixture({ ...options, growth: toyGrowth(14), database, ...how });
    const undisturbed = await inDatabase(async (database) => {
      const { trials } = await run(database, { workers: 1 });
      expect(trials).toHaveLength(14);
      expect(new Set(trials.map(({ cell }) => cell.parameters.salt)).size).toBeGreaterThan(3);
      return table(database);
    });
    const stop = fc.record({ mode: fc.constantFrom('drain' as const, 'abort' as const), after: fc.nat(40) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(12), { minLength: 14, maxLength: 14 }),
        fc.array(stop, { maxLength: 2 }),
        (workers, durations, stops) =>
          inDatabase(async (database) => {
            const ended: number[] = [];
            for (const { mode, after } of [...stops, { mode: 'drain' as const, after: Infinity }]) {
              let events = 0;
              await run(database, {
                workers,
                delay: ({ parameters }) => setTimeout(durations[Number(parameters.seed) - 1]),
                listen: (event, { stop }) => {
                  if (event.kind === 'trial-completed' || event.kind === 'trial-ended') ended.push(event.trial);
                  if (events++ === after) stop(mode);
                },
              });
            }
            expect(ended.sort((a, b) => a - b)).toEqual(Array.from({ length: 14 }, (_, index) => index + 1));
            expect(table(database)).toEqual(undisturbed);
          }),
      ),
      { numRuns: 10 },
    );
  });

  test('tells what it adds after it is stored, and how many trials there will be', async () => {
    await inDatabase(async (database) => {
      const { events, summary } = await runFixture({ ...options, growth: toyGrowth(11), database });
      expect(events[0]).toMatchObject({ kind: 'sweep-started', total: 11 });
      const added = events.flatMap((event) => (event.kind === 'trials-added' ? [event] : []));
      expect(added.map(({ trials }) => trials.map(({ number }) => number))).toEqual([
        [7, 8, 9],
        [10, 11],
      ]);
      expect(summary).toMatchObject({ ended: 11, unplanned: 0, counts: { queued: 0 } });
    });
  });

  test('ends where its space is exhausted, and says how many trials it has', async () => {
    await inDatabase(async (database) => {
      const growth: PlanGrowth = {
        total: 100,
        next: (history) => (history.length === 6 ? completing(7).slice(6) : []),
      };
      const run = await runFixture({ ...options, growth, database });
      expect(states(run)).toEqual(Array.from({ length: 7 }, () => 'completed'));
      expect(run.events.findLast(({ kind }) => kind === 'trials-added')).toMatchObject({ trials: [], total: 7 });
      expect(run.summary?.unplanned).toBe(0);
    });
  });

  test('adds nothing any more once the run stops', async () => {
    await inDatabase(async (database) => {
      const run = await runFixture({
        ...options,
        growth: toyGrowth(100),
        database,
        listen: (event, { stop }) => event.kind === 'trial-completed' && event.trial === 2 && stop('drain'),
      });
      expect(count(run.events, 'trials-added')).toBe(0);
      expect(run.summary).toMatchObject({ unplanned: 94, stopped: 'drain' });
    });
  });

  test('that fails to choose ends the run with its error', async () => {
    await inDatabase(async (database) => {
      const next = (): never => {
        throw new RangeError('no such generation');
      };
      const run = await runFixture({ ...options, growth: { total: 10, next }, database });
      expect(run.error).toBeInstanceOf(RangeError);
    });
  });

  test('refuses to go on from other trials than its own', async () => {
    await inDatabase(async (database) => {
      await runFixture({ database, cells: cellsOf({ seed: 8 }) });
      const run = await runFixture({ ...options, growth: toyGrowth(10), database });
      expect(run.error).toMatchObject({ name: 'UserError', code: 'usage' });
      expect(run.trials).toHaveLength(1);
    });
  });
});

describe('generations', () => {
  test('a trial starts only when all trials two generations before it have ended', async () => {
    await inDatabase(async (database) => {
      const ended = new Set<number>();
      const early: string[] = [];
      let endSecond = (): void => undefined;
      const sixth = new Promise<void>((resolve) => (endSecond = resolve));
      const cells = completing(12);
      const run = await runFixture({
        database,
        cells,
        generationSize: size,
        workers: 6,
        // Generation 1 runs while trial 2 does.
        delay: ({ parameters }) => (parameters.seed === 2 ? sixth : Promise.resolve()),
        listen: (event) => {
          if (event.kind === 'trial-completed') ended.add(event.trial);
          if (ended.has(6)) endSecond();
          if (event.kind !== 'trial-started') return;
          for (let trial = 1; trial <= size * (Math.floor((event.trial - 1) / size) - 1); trial += 1) {
            if (!ended.has(trial)) early.push(`${event.trial} before the end of ${trial}`);
          }
        },
      });
      expect(early).toEqual([]);
      expect(run.summary?.counts.completed).toBe(12);
    });
  });

  test('a trial that is killed before it began holds nobody back', async () => {
    await inDatabase(async (database) => {
      const run = await runFixture({
        database,
        cells: completing(9),
        generationSize: size,
        workers: 1,
        listen: (event, { kill }) => {
          if (event.kind === 'trial-started' && event.trial === 1) void Promise.all([kill(2), kill(3), kill(8)]);
        },
      });
      expect(states(run).filter((state) => state === 'cancelled')).toHaveLength(3);
      expect(run.summary?.counts).toMatchObject({ completed: 6, cancelled: 3 });
    });
  });
});

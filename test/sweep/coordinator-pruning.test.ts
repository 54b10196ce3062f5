/** Early stopping by the coordinator: what a verdict does, and what a pruner is shown. */
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Curve, Pruner } from '../../src/pruners/pruner.js';
import { CompactCurve } from '../../src/sweep/coordinator/compact-curve.js';
import { cellsOf, completing, glance, inDatabase, runFixture, states, table } from './fixture-sweep.js';

/** Stops what is worse than each of at least two others after the same epoch. */
const worstStops: Pruner = {
  verdict: ({ points: ownPoints }, others) => {
    const latest = ownPoints[ownPoints.length - 1];
    const losses = [...others].flatMap(({ points }) => {
      const same = points.find(({ epoch }) => epoch === latest.epoch);
      const loss = same?.loss ?? null;
      return loss === null ? [] : [loss];
    });
    const own = latest.loss ?? NaN;
    if (losses.length < 2 || losses.some((loss) => loss >= own)) return null;
    return { code: 'median', message: `worse than ${losses.length} others` };
  },
};

/** Stops every trial after its second epoch. */
const secondEpochStops: Pruner = {
  verdict: ({ points }) => (points.length === 2 ? { code: 'threshold', message: 'too much' } : null),
};

describe('a verdict', () => {
  test('ends the trial, and nothing that its thread tells after it is recorded', async () => {
    await inDatabase(async (database) => {
      const cells = cellsOf({ epochs: 40 }, { behaviour: 'loop-until-stopped' }, { epochs: 2 });
      const run = await runFixture({
        database,
        cells,
        pruner: secondEpochStops,
        listen: (event, { kill }) => {
          if (event.kind === 'epoch-recorded' && event.trial === 2) void kill(2);
        },
      });
      // The last one: after its last epoch a trial has nothing left to save.
      expect(states(run)).toEqual(['pruned', 'cancelled', 'completed']);
      expect(run.trials[0].reason).toEqual({ code: 'threshold', message: 'too much', epoch: 2 });
      expect(
        glance(database, 'SELECT count(*) FROM epoch JOIN attempt ON attempt.id = attempt_id WHERE trial_id = 1'),
      ).toBe(2);
      expect(run.events).toContainEqual({
        kind: 'trial-ended',
        trial: 1,
        state: 'pruned',
        reason: run.trials[0].reason,
      });
      expect(run.summary).toMatchObject({ counts: { pruned: 1, completed: 1, cancelled: 1 }, cause: null });
    });
  });

  test('for a spared trial is recorded once, and the trial goes on', async () => {
    await inDatabase(async (database) => {
      const always: Pruner = {
        verdict: ({ points }) => (points.length > 2 ? { code: 'asha', message: 'last' } : null),
      };
      const spare = ({ parameters }: { parameters: { seed?: unknown } }): boolean => parameters.seed === 1;
      const run = await runFixture({ database, cells: completing(2, { epochs: 9 }), pruner: always, spare });
      expect(states(run)).toEqual(['completed', 'pruned']);
      expect(glance(database, 'SELECT spared_epoch FROM trial WHERE number = 1')).toBe(3);
      expect(glance(database, 'SELECT spared_epoch FROM trial WHERE number = 2')).toBe(null);
    });
  });

  test('counts for no failure budget', async () => {
    await inDatabase(async (database) => {
      const cells = completing(8, { epochs: 9 });
      const run = await runFixture({ database, cells, pruner: secondEpochStops });
      expect(run.summary).toMatchObject({ counts: { pruned: 8 }, cause: null });
    });
  });
});

describe('a pruner', () => {
  test('is shown every other curve by number, those of an earlier run too', async () => {
    await inDatabase(async (database) => {
      const cells = completing(4, { epochs: 3 });
      await runFixture({ database, cells: cells.slice(0, 2) });
      const shown: unknown[] = [];
      const pruner: Pruner = {
        verdict: (own, others) => {
          const last = ({ points, ended }: Curve): unknown => [
            points.map(({ epoch }) => epoch),
            points.at(-1)?.costs,
            ended,
          ];
          if (own.points.length === 3) shown.push([...others].map(last));
          return null;
        },
      };
      await runFixture({ database, cells, workers: 1, pruner });
      const curve = (seed: number): unknown => [[1, 2, 3], [10 + seed, seed / 4], true];
      expect(shown).toEqual([
        [curve(1), curve(2)],
        [curve(1), curve(2), curve(3)],
      ]);
    });
  });

  test('by generations gives the same table with any workers, durations and stops', async () => {
    const seeds = [5, 3, 9, 1, 8, 2, 7, 4, 12, 6, 11, 10];
    const cells = cellsOf(...seeds.map((seed) => ({ seed, epochs: 4 })));
    const options = { cells, generationSize: 3, pruner: worstStops, prunerScope: 'generations' } as const;
    const undisturbed = await inDatabase(async (database) => {
      const run = await runFixture({ database, ...options, workers: 1 });
      expect(states(run).filter((state) => state === 'pruned').length).toBeGreaterThan(1);
      return table(database);
    });
    const stop = fc.record({ mode: fc.constantFrom('drain' as const, 'abort' as const), after: fc.nat(60) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(10), { minLength: 12, maxLength: 12 }),
        fc.array(stop, { maxLength: 2 }),
        (workers, durations, stops) =>
          inDatabase(async (database) => {
            for (const { mode, after } of [...stops, { mode: 'drain' as const, after: Infinity }]) {
              let events = 0;
              await runFixture({
                database,
                ...options,
                workers,
                delay: ({ parameters }) => setTimeout(durations[Number(parameters.seed) - 1]),
                listen: (_, run) => {
                  if (events++ === after) run.stop(mode);
                },
              });
            }
            expect(table(database)).toEqual(undisturbed);
          }),
      ),
      { numRuns: 8 },
    );
  });
});

test('a compact curve gives back the points it was given, also those that come after a look', () => {
  const point = fc.record({
    epoch: fc.nat(),
    costs: fc.tuple(fc.double(), fc.double()),
    nfe: fc.double(),
    loss: fc.double(),
  });
  fc.assert(
    fc.property(fc.array(point, { maxLength: 40 }), fc.nat(40), (points, looked) => {
      const curve = new CompactCurve(2);
      for (const [index, each] of points.entries()) {
        curve.push(each);
        if (index === looked) expect(curve.points).toHaveLength(index + 1);
      }
      expect(curve.points).toEqual(points);
    }),
  );
});

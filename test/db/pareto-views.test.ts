import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openReader, openStore, type Reader } from '../../db/index.js';
import { aggregateSeeds } from '../../src/pareto/aggregate-seeds.js';
import { frontier } from '../../src/pareto/frontier.js';
import { evaluatedPoints, paretoRows } from '../../src/report/pareto-rows.js';
import { objectiveNames, objectiveValue } from '../../src/sweep/monitor/monitor-objectives.js';
import type { Objective, Store } from '../../src/sweep/store.js';
import type { TrialResult } from '../../src/training/trial.js';
import { completedWith, sampleCell, sampleDeclaration, sampleEvaluation, sampleOrigin } from './sample.js';
import { withTemporaryDirectory } from './temporary-directory.js';

/** What programs may call their own metrics, as far as SQL might stumble over it. */
const ownNames = ['bpc', 'a.b', "it's", 'q"x', 'back\\slash', '$', '[0]', '5', 'größe', '🌀'];

/** Small integers make ties and duplicates frequent. */
const measured = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 3, arbitrary: fc.double({ min: -6, max: 6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 1e300, 2 ** 60) },
);
const perhaps = fc.option(measured, { freq: 12 });

const result = fc
  .record({
    nfe: perhaps,
    loss: measured,
    accuracy: perhaps,
    trainLoss: perhaps,
    trainSeconds: perhaps,
    predictSeconds: perhaps,
    own: fc.record(Object.fromEntries(ownNames.map((name) => [name, perhaps] as const))),
  })
  .map(({ own, ...columns }): Partial<TrialResult> => {
    const told = Object.entries(own).filter((entry): entry is [string, number] => entry[1] !== null);
    return { ...columns, metrics: Object.fromEntries(told) };
  });

const solved = fc.record({
  nfe: measured,
  loss: measured,
  accuracy: perhaps,
  predictSeconds: fc.integer({ min: 0, max: 5 }),
});

const objectives = (most: number): fc.Arbitrary<readonly Objective[]> =>
  fc.uniqueArray(
    fc.record({
      name: fc.constantFrom(...objectiveNames, ...ownNames),
      goal: fc.constantFrom('minimize' as const, 'maximize' as const),
    }),
    { minLength: 1, maxLength: most, selector: ({ name }) => name },
  );

const sweep = fc.record({
  objectives: fc.oneof({ weight: 4, arbitrary: objectives(4) }, { weight: 1, arbitrary: objectives(8) }),
  trials: fc.array(
    fc.record({
      cell: fc.nat({ max: 5 }),
      // Missing: the trial failed.
      result: fc.option(result, { freq: 10 }),
      evaluations: fc.array(fc.option(solved, { freq: 6 }), { maxLength: 2 }),
    }),
    { maxLength: 14 },
  ),
});

const failed = { state: 'failed', reason: { code: 'error', message: 'boom' } } as const;
const unsolved = { state: 'unsolved', reason: { code: 'max_steps', message: 'too stiff' } } as const;

type GivenSweep = typeof sweep extends fc.Arbitrary<infer Value> ? Value : never;

async function record(store: Store, name: string, { objectives, trials: given }: GivenSweep): Promise<void> {
  const { id } = await store.openSweep({ ...sampleDeclaration, name, objectives });
  await store.addCells(
    id,
    given.map(({ cell }, seed) => sampleCell({ error_weight: cell, seed })),
  );
  for (const [index, trial] of (await store.trials(id)).entries()) {
    const { result, evaluations } = given[index];
    const attempt = await store.beginAttempt(trial.id, sampleOrigin);
    await store.finishAttempt(attempt, result === null ? failed : completedWith(result));
    if (result === null) continue;
    // Solved by the trial's own setting, it is no further point, however good.
    await store.recordEvaluation(trial.id, sampleEvaluation({}, { nfe: -9, loss: -9 }));
    for (const [rtol, end] of evaluations.entries()) {
      await store.recordEvaluation(trial.id, sampleEvaluation({ rtol }, end ?? unsolved));
    }
  }
}

async function rowsOf(reader: Reader, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await reader.query(sql)).rows;
}

it(
  'The views of frontiers agree with src/pareto, whatever a sweep is judged by',
  () =>
    withTemporaryDirectory(async (directory) => {
      const file = join(directory, 'sweeps.sqlite');
      const store = await openStore(file);
      const reader = await openReader(file);
      let sweeps = 0;
      await fc.assert(
        fc.asyncProperty(sweep, async (given) => {
          // One database for all, so that sweeps would show if they got mixed up.
          const name = `sweep ${(sweeps += 1)}`;
          await record(store, name, given);
          const of = (view: string): string => `FROM ${view} WHERE sweep = '${name}'`;
          const trained = await reader.results(name);

          const best = paretoRows(trained, given.objectives, 'trials').flatMap(({ trials }) => trials);
          expect((await rowsOf(reader, `SELECT trial ${of('pareto')} ORDER BY trial`)).flat()).toEqual(
            [...best].sort((a, b) => a - b),
          );

          const points = [...trained, ...evaluatedPoints(trained, await reader.evaluations(name))];
          const bestPoints = paretoRows(points, given.objectives, 'trials').map(
            ({ source, trials, changed }) => `${source} ${trials.join()} ${JSON.stringify(changed)}`,
          );
          const shownPoints = await rowsOf(reader, `SELECT source, trial, changed ${of('pareto_evaluated')}`);
          expect(shownPoints.map((row) => row.join(' ')).sort()).toEqual([...bestPoints].sort());

          const measures = Object.fromEntries(
            given.objectives.map(({ name: objective }) => [
              objective,
              (point: { readonly result: TrialResult }) => objectiveValue(point.result, objective),
            ]),
          );
          const groups = aggregateSeeds(trained, ({ group }) => group, measures);
          const cells = (
            await rowsOf(reader, `SELECT cell_group, means, sds, n, on_frontier ${of('pareto_by_cell')}`)
          ).map(([group, means, sds, n, onFrontier]) => ({
            group,
            means: JSON.parse(String(means)) as Record<string, number | null>,
            sds: JSON.parse(String(sds)) as Record<string, number | null>,
            n,
            onFrontier,
          }));
          expect(cells).toHaveLength(groups.length);
          for (const { group, trials, statistics } of groups) {
            const cell = cells.find((each) => each.group === group);
            expect(cell?.n).toBe(trials.length);
            expect(Object.keys(cell?.means ?? {}).sort()).toEqual(Object.keys(measures).sort());
            for (const [measure, ofMeasure] of Object.entries(statistics)) {
              const { mean, sd } = ofMeasure ?? { mean: NaN, sd: null };
              const shown = cell?.means[measure];
              if (!Number.isFinite(mean)) expect(shown).toBeNull();
              else expect(Math.abs((shown ?? NaN) - mean)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(mean)));
              const spread = Number.isFinite(mean) && Math.abs(mean) < 100 ? sd : null;
              if (spread !== null) expect(cell?.sds[measure]).toBeCloseTo(spread, 7);
            }
          }
          // Means may differ in the last digit between the two: the flag is checked against the view's own.
          const compared = given.objectives.map(({ name: objective, goal }) => ({
            goal,
            value: ({ means }: (typeof cells)[number]) => means[objective] ?? null,
          }));
          expect(cells.filter(({ onFrontier }) => onFrontier === 1)).toEqual(frontier(cells, compared));
        }),
        { numRuns: 60 },
      );
      await reader.close();
      await store.close();
    }),
  60_000,
);

it(
  'The views of frontiers compare thousands of trials in more than two objectives as src/pareto does',
  () =>
    withTemporaryDirectory(async (directory) => {
      const file = join(directory, 'sweeps.sqlite');
      const store = await openStore(file);
      const reader = await openReader(file);
      const objectives = ['a', 'b', 'c'].map((name): Objective => ({ name, goal: 'minimize' }));
      const coordinate = fc.nat({ max: 60 });
      const given = fc.sample(fc.tuple(coordinate, coordinate, fc.nat({ max: 5 })), { numRuns: 1500, seed: 7 });
      await record(store, 'large', {
        objectives,
        // Near a plane, many of them stand on the frontier: more than the best that the view begins with.
        trials: given.map(([a, b, above], cell) => ({
          cell,
          result: { metrics: { a, b, c: 120 - a - b + above } },
          evaluations: [],
        })),
      });
      const best = paretoRows(await reader.results('large'), objectives, 'trials');
      expect(best.length).toBeGreaterThan(300);
      expect((await rowsOf(reader, 'SELECT trial FROM pareto ORDER BY trial')).flat()).toEqual(
        best.flatMap(({ trials }) => trials).sort((a, b) => a - b),
      );
      await reader.close();
      await store.close();
    }),
  60_000,
);

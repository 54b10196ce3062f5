import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openReader, openStore } from '../../db/index.js';
import { aggregateSeeds } from '../../src/pareto/aggregate-seeds.js';
import { frontier } from '../../src/pareto/frontier.js';
import { completedWith, sampleCell, sampleDeclaration, sampleOrigin } from './sample.js';
import { withTemporaryDirectory } from './temporary-directory.js';

/** Small integers make ties and duplicates frequent. */
const measured = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 3, arbitrary: fc.double({ min: 0, max: 6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) },
);

const repeats = fc.array(fc.record({ cell: fc.nat({ max: 4 }), nfe: measured, loss: measured }), { maxLength: 14 });

it('The views pareto and pareto_by_cell agree with src/pareto', () =>
  withTemporaryDirectory(async (directory) => {
    const file = join(directory, 'sweeps.sqlite');
    const store = await openStore(file);
    const reader = await openReader(file);
    let sweeps = 0;
    await fc.assert(
      fc.asyncProperty(repeats, async (given) => {
        // One database for all, so that sweeps would show if they got mixed up.
        const name = `sweep ${(sweeps += 1)}`;
        const { id } = await store.openSweep({ ...sampleDeclaration, name });
        await store.addCells(
          id,
          given.map(({ cell }, seed) => sampleCell({ error_weight: cell, seed })),
        );
        for (const [index, trial] of (await store.trials(id)).entries()) {
          const { nfe, loss } = given[index] ?? { nfe: NaN, loss: NaN };
          const attempt = await store.beginAttempt(trial.id, sampleOrigin);
          await store.finishAttempt(attempt, completedWith({ nfe, loss }));
        }

        const trials = await reader.trials(name);
        const nondominated = frontier(trials, [
          { goal: 'minimize', value: ({ result }) => result?.nfe ?? null },
          { goal: 'minimize', value: ({ result }) => result?.loss ?? null },
        ]);
        const shown = await reader.pareto(name);
        expect(shown.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
          nondominated.map((each) => each.number),
        );

        const cells = await reader.paretoByCell(name);
        const groups = aggregateSeeds(trials, ({ cell }) => cell.group, {
          nfe: ({ result }) => result?.nfe ?? null,
          loss: ({ result }) => result?.loss ?? null,
        });
        expect(cells).toHaveLength(groups.length);
        for (const { group, statistics } of groups) {
          const cell = cells.find((each) => each.group === group);
          for (const measure of ['nfe', 'loss'] as const) {
            const { mean, sd, n } = statistics[measure] ?? { mean: NaN, sd: null, n: 0 };
            if (!Number.isFinite(mean)) {
              expect(cell?.[measure]).toBeNull();
              continue;
            }
            expect(cell?.[measure]?.mean).toBeCloseTo(mean, 12);
            expect(cell?.[measure]?.n).toBe(n);
            if (sd === null) expect(cell?.[measure]?.sd).toBeNull();
            else expect(cell?.[measure]?.sd).toBeCloseTo(sd, 7);
          }
        }
        // Means may differ in the last digit between the two: the flag is checked against the view's own.
        const means = frontier(cells, [
          { goal: 'minimize', value: ({ nfe }) => nfe?.mean ?? null },
          { goal: 'minimize', value: ({ loss }) => loss?.mean ?? null },
        ]);
        expect(cells.filter(({ onFrontier }) => onFrontier)).toEqual(means);
      }),
      { numRuns: 40 },
    );
    await reader.close();
    await store.close();
  }));

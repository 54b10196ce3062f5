import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openStore } from '../../db/index.js';
import { openPlan } from '../../src/sweep/coordinator/open-plan.js';
import type { Cell } from '../../src/sweep/cell.js';
import type { Dispatcher } from '../../src/sweep/dispatch/dispatcher.js';
import { completedWith, sampleOrigin } from '../db/sample.js';
import { inDatabase } from './fixture-sweep.js';
import { plan } from './specification/read.js';

type Step =
  | { readonly kind: 'open'; readonly rtol: readonly number[]; readonly repeats: number }
  | { readonly kind: 'add'; readonly rtol: number }
  | { readonly kind: 'complete'; readonly place: number }
  | { readonly kind: 'write'; readonly sql: string };

const rtols = [1e-1, 1e-2, 1e-3];
const opening: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('open'),
  rtol: fc.uniqueArray(fc.constantFrom(...rtols), { minLength: 1 }),
  repeats: fc.integer({ min: 1, max: 2 }),
});
const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: opening },
      fc.record({ kind: fc.constant('add'), rtol: fc.constantFrom(...rtols, 1e-4) }),
      fc.record({ kind: fc.constant('complete'), place: fc.nat(5) }),
      fc.record({
        kind: fc.constant('write'),
        sql: fc.constantFrom(
          "DELETE FROM trial WHERE number = 2 AND state = 'queued'",
          "UPDATE trial SET cell_hash = 'other' WHERE number = 1 AND state = 'queued'",
        ),
      }),
    ),
    { minLength: 2, maxLength: 8 },
  )
  .map((some) => [...some, ...some.filter(({ kind }) => kind === 'open').slice(-1)]);

const planOf = (rtol: readonly number[], repeats: number) =>
  plan(`name: grid\ntask: spiral-node\nparameters:\n  rtol: ${JSON.stringify(rtol)}\nrepeats: ${repeats}\n`);

/** What each of the steps finds, where a plan is recognised by its digest, or only by its cells. */
async function follow(database: string, list: readonly Step[], withDigest: boolean): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const step of list) {
    if (step.kind === 'write') {
      const writer = new Database(database);
      writer.exec(step.sql);
      writer.close();
      continue;
    }
    const store = await openStore(database);
    try {
      const { digest, ...planned } = planOf(
        step.kind === 'open' ? step.rtol : [rtols[0]],
        step.kind === 'open' ? step.repeats : 1,
      );
      if (step.kind === 'open') {
        const asked = withDigest && digest !== undefined ? { ...planned, digest } : planned;
        const opened = await openPlan({ plan: asked, store, dispatcher: {} as Dispatcher });
        const trials = opened.trials.map(({ number, state, cell }) => [number, state, cell.hash, cell.parameters.rtol]);
        found.push({ trials, axes: opened.sweep.axes, outside: opened.outsidePlan, last: opened.lastNumber });
        continue;
      }
      const { id } = await store.openSweep(planned.declaration);
      if (step.kind === 'add') await store.addCells(id, planOf([step.rtol], 1).cells, true);
      else {
        const trial = (await store.trials(id)).filter(({ state }) => state === 'queued').at(step.place);
        if (trial === undefined) continue;
        await store.finishAttempt(await store.beginAttempt(trial.id, sampleOrigin), completedWith());
      }
    } finally {
      await store.close();
    }
  }
  return found;
}

it('A plan that is recognised by its digest opens as one whose cells are compared, whatever happened before', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const outcome = (withDigest: boolean) =>
        inDatabase((database) => {
          // The first step makes the database.
          const begun: readonly Step[] = [{ kind: 'open', rtol: rtols.slice(0, 2), repeats: 1 }, ...list];
          return follow(database, begun, withDigest).catch((error: unknown) => String(error));
        });
      expect(await outcome(true)).toEqual(await outcome(false));
    }),
    { numRuns: 40 },
  );
});

it('A plan that ran before is recognised without a look at its cells', async () => {
  await inDatabase(async (database) => {
    const planned = planOf(rtols, 2);
    const unseen = planned.cells.map((): Cell => {
      const refuse = (): never => {
        throw new Error('A cell was looked at.');
      };
      return Object.defineProperties({} as Cell, {
        hash: { get: refuse },
        group: { get: refuse },
        parameters: { get: refuse },
      });
    });
    const open = async (cells: readonly Cell[]) => {
      const store = await openStore(database);
      try {
        return await openPlan({ plan: { ...planned, cells }, store, dispatcher: {} as Dispatcher });
      } finally {
        await store.close();
      }
    };
    await expect(open(unseen)).rejects.toThrow('looked at');
    await open(planned.cells);
    const { trials } = await open(unseen);
    expect(trials.every(({ cell }, place) => cell === unseen[place])).toBe(true);
    expect(trials).toHaveLength(6);
  });
});

/**
 * What every Store must do, whatever its database: one suite, run against each of them.
 *
 * `open` opens a store on the database of the current test (empty at the first call), `execute` runs a
 * statement on it past the store, as a script or a shell would.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import type { AttemptId, Store, StoredTrial, SweepId, TrialId } from '../../src/sweep/store.js';
import { terminalTrialStates } from '../../src/sweep/trial-state.js';
import {
  completedWith,
  sampleCell,
  sampleCells,
  sampleDeclaration,
  sampleEnvironment,
  sampleEpoch,
  sampleOrigin,
  sampleResult,
} from './sample.js';

export interface StoreUnderTest {
  readonly open: () => Promise<Store>;
  /** Runs one statement past the store; rejects with the database's message. */
  readonly execute: (sql: string) => Promise<void>;
  /** Rows of a query, past the store. */
  readonly query: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** @param withDatabase runs its argument on a new, empty database and removes it afterwards */
export function describeStore(
  name: string,
  withDatabase: (body: (database: StoreUnderTest) => Promise<void>) => Promise<void>,
): void {
  const storeTest = (sentence: string, body: (database: StoreUnderTest, store: Store) => Promise<void>): void => {
    it(sentence, () =>
      withDatabase(async (database) => {
        const store = await database.open();
        try {
          await body(database, store);
        } finally {
          await store.close();
        }
      }),
    );
  };

  describe(`${name} keeps sweeps and cells`, () => {
    storeTest('finds a sweep by name and says whether it existed', async (_, store) => {
      const made = await store.openSweep(sampleDeclaration);
      const found = await store.openSweep(sampleDeclaration);
      expect(made).toEqual({ ...sampleDeclaration, id: made.id, existed: false, plan: null });
      expect(found).toEqual({ ...made, existed: true });
    });

    storeTest('takes cells that the caller has for its own, and reads the others', async (_, store) => {
      const { id } = await store.openSweep(sampleDeclaration);
      const cells = sampleCells(4);
      await store.addCells(id, cells);
      const inOrder = await store.trials(id, 0, { cells });
      expect(inOrder.every(({ cell }, place) => cell === cells[place])).toBe(true);
      const given = [cells[3], cells[1]];
      const trials = await store.trials(id, 0, { cells: given });
      expect(trials).toEqual(await store.trials(id));
      expect(trials.map(({ cell }) => given.includes(cell))).toEqual([false, true, false, true]);
      expect((await store.trials(id, 2, { cells: given })).map(({ number }) => number)).toEqual([3, 4]);
    });

    storeTest('knows which plan the first trials are, until one of them is another', async ({ execute }, store) => {
      const { id } = await store.openSweep(sampleDeclaration);
      const cells = sampleCells(4);
      await store.addCells(id, cells);
      const plan = { digest: 'a', size: 3 };
      const recorded = async () => (await store.openSweep(sampleDeclaration)).plan;
      for (const change of [
        'DELETE FROM trial WHERE number = 3',
        "UPDATE trial SET cell_hash = 'x' WHERE number = 2",
        "INSERT INTO trial (sweep_id, number, cell_hash, cell_group, parameters) SELECT id, 3, 'y', 'y', '{}' FROM sweep",
        'UPDATE trial SET number = 9 WHERE number = 4',
      ]) {
        await store.recordPlan(id, plan);
        await store.beginAttempt((await store.trials(id))[0].id, sampleOrigin);
        await store.requeueOrphans(id);
        expect(await recorded()).toEqual(plan);
        await execute(change);
        expect(await recorded()).toBeNull();
      }
      const trials = await store.trials(id, 0, { cells: cells.slice(0, 1), areFirst: true });
      expect(trials[0].cell).toBe(cells[0]);
      expect(trials).toEqual(await store.trials(id));
    });

    storeTest('refuses a stored sweep with another task or seed, and says what to do', async (_, store) => {
      await store.openSweep(sampleDeclaration);
      const other = store.openSweep({ ...sampleDeclaration, task: 'mnist-node' });
      await expect(other).rejects.toThrow(/"spiral" is stored with task spiral-ode, but the file asks for task mnist/);
      await expect(store.openSweep({ ...sampleDeclaration, seed: 8 })).rejects.toBeInstanceOf(UserError);
    });

    storeTest('keeps the sweep file as it was last run', async ({ query }, store) => {
      await store.openSweep(sampleDeclaration);
      await store.openSweep({ ...sampleDeclaration, axes: ['solver'], specification: '{"v":2}' });
      expect(await query('SELECT axes, specification FROM sweep')).toEqual([
        { axes: '["solver"]', specification: '{"v":2}' },
      ]);
    });

    storeTest('adds each cell once, numbered in the order of adding', async (_, store) => {
      const { id } = await store.openSweep(sampleDeclaration);
      const cells = sampleCells(5);
      expect(await store.addCells(id, cells.slice(0, 3))).toBe(3);
      expect(await store.addCells(id, [...cells.slice(1), ...cells])).toBe(2);
      const trials = await store.trials(id);
      expect(trials.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
      expect(trials.map(({ cell }) => cell)).toEqual(cells);
    });

    storeTest('adds nothing twice within one call, nor across thousands of cells', async (_, store) => {
      const { id } = await store.openSweep(sampleDeclaration);
      const cells = sampleCells(2500);
      expect(await store.addCells(id, [...cells, ...cells])).toBe(2500);
      const trials = await store.trials(id);
      expect(trials.at(-1)).toMatchObject({ number: 2500, state: 'queued', attempts: 0, result: null, reason: null });
    });

    storeTest('knows which cells a person has added', async (_, store) => {
      const { sweep, trials } = await prepare(store, 2);
      const cells = sampleCells(4);
      expect(await store.addCells(sweep, cells.slice(1, 3), true)).toBe(1);
      await store.addCells(sweep, cells);
      const all = await store.trials(sweep);
      expect([trials.length, all.length]).toEqual([2, 4]);
      expect(await store.addedTrials(sweep)).toEqual([all[2].id]);
    });

    storeTest('gives the trials after a number', async (_, store) => {
      const { id } = await store.openSweep(sampleDeclaration);
      await store.addCells(id, sampleCells(5));
      expect((await store.trials(id, 3)).map(({ number }) => number)).toEqual([4, 5]);
      expect(await store.trials(id, 5)).toEqual([]);
    });

    storeTest('keeps the trials of different sweeps apart', async (_, store) => {
      const one = await store.openSweep(sampleDeclaration);
      const two = await store.openSweep({ ...sampleDeclaration, name: 'again' });
      await store.addCells(one.id, sampleCells(2));
      await store.addCells(two.id, sampleCells(1));
      expect((await store.trials(two.id)).map(({ number }) => number)).toEqual([1]);
    });

    storeTest('refuses a second trial of the same cell in the database itself', async ({ execute }, store) => {
      await prepare(store, 1);
      const copy = `INSERT INTO trial (sweep_id, number, cell_hash, cell_group, parameters)
        SELECT sweep_id, 99, cell_hash, cell_group, parameters FROM trial`;
      await expect(execute(copy)).rejects.toThrow(/unique/i);
    });

    storeTest('adds no cell at all when one of them cannot be added', async (_, store) => {
      const { sweep } = await prepare(store, 1);
      const broken = { ...sampleCell({ rtol: 1e-9 }), parameters: { big: 1n as unknown as number } };
      await expect(store.addCells(sweep, [...sampleCells(5), broken])).rejects.toThrow();
      expect(await store.trials(sweep)).toHaveLength(1);
    });
  });

  describe(`${name} follows the life of a trial`, () => {
    storeTest('with the limits that each attempt ran under', async ({ query }, store) => {
      const { trial, attempt } = await begin(store);
      await store.interruptAttempt(attempt);
      await store.beginAttempt(trial, sampleOrigin, { timeoutSeconds: 2.5, memoryMegabytes: 512 });
      expect(await query('SELECT timeout_seconds, memory_megabytes FROM attempt ORDER BY number')).toEqual([
        { timeout_seconds: null, memory_megabytes: null },
        { timeout_seconds: 2.5, memory_megabytes: 512 },
      ]);
    });

    storeTest('queued, running, completed, with the result', async ({ query }, store) => {
      const { sweep, trial, attempt } = await begin(store);
      expect(await trialOf(store, sweep)).toMatchObject({ state: 'running', attempts: 1, result: null });
      await store.recordEnvironment(attempt, sampleEnvironment);
      await store.recordResumed(attempt, 4);
      await store.recordEpoch(attempt, sampleEpoch(1));
      await store.finishAttempt(attempt, { state: 'completed', result: sampleResult, modelFile: 'm/1.bin' });
      expect(await trialOf(store, sweep)).toMatchObject({ id: trial, state: 'completed', result: sampleResult });
      const [row] = await query('SELECT * FROM attempt');
      expect(row).toMatchObject({ host: 'lab', pid: 4242, git_dirty: 0, engine: 'kernels', model_parameters: 252 });
      expect(row.resumed_epoch).toBe(4);
      expect(row.finished_at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
      expect(row.wall_seconds).toBeGreaterThanOrEqual(0);
    });

    for (const state of terminalTrialStates.filter((each) => each !== 'completed')) {
      storeTest(`keeps why a trial ended as ${state}`, async (_, store) => {
        const { sweep, attempt } = await begin(store);
        const reason = { code: 'non_finite', message: 'loss is NaN', detail: 'stack', epoch: 3, iteration: 41 };
        await store.finishAttempt(attempt, { state, reason });
        expect(await trialOf(store, sweep)).toMatchObject({ state, result: null, reason });
      });
    }

    storeTest('gives the epochs of the latest attempt of each trial asked for', async (_, store) => {
      const { trial, attempt } = await begin(store);
      await store.recordEpoch(attempt, sampleEpoch(1));
      await store.recordEpoch(attempt, sampleEpoch(2));
      await store.interruptAttempt(attempt);
      const second = await store.beginAttempt(trial, sampleOrigin);
      await store.recordEpoch(second, { ...sampleEpoch(1), testLoss: NaN });
      const { trials } = await prepare(store, 2);
      expect(await store.epochs(trials.map(({ id }) => id))).toEqual([
        { trial, metrics: { ...sampleEpoch(1), testLoss: NaN } },
      ]);
      expect(await store.epochs([])).toEqual([]);
    });

    storeTest('keeps the first epoch after which a trial was spared', async ({ query }, store) => {
      const { trial } = await begin(store);
      await store.recordSpared(trial, 3);
      await store.recordSpared(trial, 4);
      expect(await query('SELECT spared_epoch FROM trial')).toEqual([{ spared_epoch: 3 }]);
    });

    storeTest(
      'keeps what another program measured by its own names, and nothing in place of what it did not',
      async (_, store) => {
        const { sweep, attempt } = await begin(store);
        const untold = { nfe: null, accuracy: null, trainLoss: null, trainSeconds: null, predictSeconds: null };
        const result = { ...sampleResult, ...untold, loss: NaN, metrics: { kinetic: 0.25, gap: Infinity, other: NaN } };
        await store.finishAttempt(attempt, { state: 'completed', result, modelFile: null });
        expect((await trialOf(store, sweep)).result).toEqual(result);
      },
    );

    storeTest('leaves absent parts of a reason absent', async (_, store) => {
      const { sweep, attempt } = await begin(store);
      await store.finishAttempt(attempt, { state: 'failed', reason: { code: 'error', message: 'boom' } });
      expect((await trialOf(store, sweep)).reason).toEqual({ code: 'error', message: 'boom' });
    });

    storeTest('queues an interrupted trial again and counts its attempts', async ({ query }, store) => {
      const { sweep, trial, attempt } = await begin(store);
      await store.interruptAttempt(attempt);
      expect(await trialOf(store, sweep)).toMatchObject({ state: 'queued', attempts: 1, reason: null });
      const second = await store.beginAttempt(trial, sampleOrigin);
      await store.finishAttempt(second, completedWith());
      expect(await trialOf(store, sweep)).toMatchObject({ state: 'completed', attempts: 2 });
      expect(await query('SELECT number, state FROM attempt ORDER BY number')).toEqual([
        { number: 1, state: 'interrupted' },
        { number: 2, state: 'completed' },
      ]);
    });

    storeTest('ends an attempt and queues its trial for another', async ({ query }, store) => {
      const { sweep, trial, attempt } = await begin(store);
      await store.retryAttempt(attempt, { state: 'failed', reason: { code: 'worker_exit', message: 'exited' } });
      expect(await trialOf(store, sweep)).toMatchObject({ state: 'queued', attempts: 1, reason: null });
      await store.finishAttempt(await store.beginAttempt(trial, sampleOrigin), completedWith());
      expect(await query('SELECT number, state, reason_code FROM attempt ORDER BY number')).toEqual([
        { number: 1, state: 'failed', reason_code: 'worker_exit' },
        { number: 2, state: 'completed', reason_code: null },
      ]);
    });

    storeTest('queues ended trials again by their state, never completed ones', async ({ execute, query }, store) => {
      const { sweep } = await prepare(store, 3);
      const trials = await store.trials(sweep);
      for (const [index, state] of (['failed', 'diverged', 'completed'] as const).entries()) {
        const attempt = await store.beginAttempt(trials[index].id, sampleOrigin);
        const reason = { code: 'error', message: 'boom' };
        await store.finishAttempt(attempt, state === 'completed' ? completedWith() : { state, reason });
      }
      const ids = trials.map(({ id }) => id);
      expect(await store.retryTrials(ids, ['failed', 'timed_out'])).toEqual([ids[0]]);
      expect(await store.retryTrials(ids, ['failed', 'timed_out'])).toEqual([]);
      await expect(store.retryTrials(ids, ['completed'] as never)).rejects.toThrow('immutable');
      expect((await store.trials(sweep)).map(({ state }) => state)).toEqual(['queued', 'diverged', 'completed']);
      expect(await query('SELECT retries FROM trial ORDER BY number')).toEqual([
        { retries: 1 },
        { retries: 0 },
        { retries: 0 },
      ]);
      const forge = (change: string) => execute(`UPDATE trial SET ${change} WHERE number = 2`);
      await expect(forge("state = 'queued'")).rejects.toThrow('immutable');
      await expect(forge("state = 'queued', retries = retries + 1, parameters = '{}'")).rejects.toThrow('immutable');
      await expect(execute("UPDATE trial SET state = 'queued', retries = 1 WHERE number = 3")).rejects.toThrow(
        'immutable',
      );
    });

    storeTest('queues orphans again, only those of the sweep, and marks their attempts lost', async (db, store) => {
      const { sweep, trial } = await begin(store, 3);
      const other = await store.openSweep({ ...sampleDeclaration, name: 'other' });
      await store.addCells(other.id, sampleCells(1));
      await store.beginAttempt((await trialOf(store, other.id)).id, sampleOrigin);
      expect(await store.requeueOrphans(sweep)).toEqual([trial]);
      expect(await store.requeueOrphans(sweep)).toEqual([]);
      expect((await store.trials(sweep)).map(({ state }) => state)).toEqual(['queued', 'queued', 'queued']);
      expect((await trialOf(store, other.id)).state).toBe('running');
      expect(await db.query('SELECT state, reason_code, finished_at FROM attempt ORDER BY id')).toEqual([
        { state: 'lost', reason_code: 'process_gone', finished_at: null },
        { state: 'running', reason_code: null, finished_at: null },
      ]);
    });

    storeTest('knows the queued trials that are lost again and again and come no further', async (_, store) => {
      const { id: sweep } = await store.openSweep(sampleDeclaration);
      await store.addCells(sweep, sampleCells(5));
      const [crashing, slow, stopped, completing] = await store.trials(sweep);
      const run = async (epoch: number): Promise<void> => {
        for (const { id } of [crashing, slow, stopped]) {
          const attempt = await store.beginAttempt(id, sampleOrigin);
          if (id === slow.id) await store.recordEpoch(attempt, sampleEpoch(epoch));
          if (id === stopped.id && epoch === 2) await store.interruptAttempt(attempt);
        }
        await store.requeueOrphans(sweep);
      };
      await run(1);
      expect(await store.repeatedlyLost(sweep, 2)).toEqual([]);
      await run(2);
      expect(await store.repeatedlyLost(sweep, 2)).toEqual([crashing.id]);
      await run(3);
      expect(await store.repeatedlyLost(sweep, 2)).toEqual([crashing.id]);
      expect(await store.repeatedlyLost(sweep, 4)).toEqual([]);
      // Without a further epoch.
      await run(3);
      await run(3);
      expect(await store.repeatedlyLost(sweep, 2)).toEqual([crashing.id, slow.id, stopped.id]);
      const attempt = await store.beginAttempt(completing.id, sampleOrigin);
      await store.finishAttempt(attempt, completedWith());
      await store.finishAttempt(await store.beginAttempt(crashing.id, sampleOrigin), completedWith());
      expect(await store.repeatedlyLost(sweep, 2)).toEqual([slow.id, stopped.id]);
    });

    storeTest('begins only queued trials', async (_, store) => {
      const { trial, attempt } = await begin(store);
      await expect(store.beginAttempt(trial, sampleOrigin)).rejects.toThrow(/not queued/);
      await store.finishAttempt(attempt, completedWith());
      await expect(store.beginAttempt(trial, sampleOrigin)).rejects.toThrow(/not queued/);
    });

    storeTest('replaces an epoch that is recorded again', async ({ query }, store) => {
      const { attempt } = await begin(store);
      await store.recordEpoch(attempt, sampleEpoch(1, { testLoss: NaN }));
      await store.recordEpoch(attempt, sampleEpoch(1, { testLoss: 0.25 }));
      expect(await query('SELECT epoch, test_loss, nonfinite FROM epoch')).toEqual([
        { epoch: 1, test_loss: 0.25, nonfinite: null },
      ]);
    });

    storeTest('rejects every write of a closed store', async (_, store) => {
      await store.close();
      await expect(store.openSweep(sampleDeclaration)).rejects.toThrow(/closed/);
    });
  });

  describe(`${name} never changes what has ended`, () => {
    storeTest('refuses a second end, late epochs and late environments', async (_, store) => {
      const { sweep, attempt } = await begin(store);
      await store.finishAttempt(attempt, completedWith());
      await expect(store.finishAttempt(attempt, completedWith({ loss: 0 }))).rejects.toThrow(/not running/);
      await expect(store.interruptAttempt(attempt)).rejects.toThrow(/not running/);
      await expect(store.recordEnvironment(attempt, sampleEnvironment)).rejects.toThrow(/not running/);
      await expect(store.recordResumed(attempt, 2)).rejects.toThrow(/not running/);
      await expect(store.recordEpoch(attempt, sampleEpoch(1))).rejects.toThrow(/immutable/);
      expect((await trialOf(store, sweep)).result).toEqual(sampleResult);
    });

    storeTest('refuses what a lost attempt says after its trial was queued again', async (_, store) => {
      const { sweep, attempt } = await begin(store);
      await store.requeueOrphans(sweep);
      await expect(store.finishAttempt(attempt, completedWith())).rejects.toThrow(/not running/);
      await expect(store.recordEpoch(attempt, sampleEpoch(1))).rejects.toThrow(/immutable/);
    });

    for (const [what, sql] of [
      ['updating a trial', `UPDATE trial SET loss = 0`],
      ['reopening a trial', `UPDATE trial SET state = 'queued'`],
      ['changing nothing but a path', `UPDATE trial SET model_file = 'x'`],
      ['deleting a trial', `DELETE FROM trial`],
      ['updating an attempt', `UPDATE attempt SET host = 'x'`],
      ['deleting an attempt', `DELETE FROM attempt`],
      ['updating an epoch', `UPDATE epoch SET nfe = 1`],
      ['deleting an epoch', `DELETE FROM epoch`],
    ] as const) {
      storeTest(`refuses ${what} in the database itself`, async ({ execute }, store) => {
        const { attempt } = await begin(store);
        await store.recordEpoch(attempt, sampleEpoch(1));
        await store.finishAttempt(attempt, completedWith());
        await expect(execute(sql)).rejects.toThrow(/immutable|only with its whole sweep/);
      });
    }

    storeTest('refuses states that do not exist', async ({ execute }, store) => {
      await prepare(store, 1);
      await expect(execute(`UPDATE trial SET state = 'done'`)).rejects.toThrow(/check/i);
    });

    storeTest('lets a whole sweep be deleted with everything in it', async ({ execute, query }, store) => {
      const { attempt } = await begin(store);
      await store.recordEpoch(attempt, sampleEpoch(1));
      await store.finishAttempt(attempt, completedWith());
      await execute('DELETE FROM sweep');
      const counts = ['trial', 'attempt', 'epoch'].map((table) => query(`SELECT * FROM ${table}`));
      expect(await Promise.all(counts)).toEqual([[], [], []]);
    });
  });

  describe(`${name} keeps numbers exactly`, () => {
    storeTest('finite or not', async (_, store) => {
      const { id } = await store.openSweep(sampleDeclaration);
      let weight = 0;
      // SQL has no negative zero.
      const number = fc.double().map((value) => (Object.is(value, -0) ? 0 : value));
      const results = fc.record({
        nfe: number,
        loss: number,
        accuracy: fc.option(number),
        trainLoss: number,
        trainSeconds: number,
        predictSeconds: number,
        epochs: fc.nat(),
      });
      await fc.assert(
        fc.asyncProperty(results, async (result) => {
          await store.addCells(id, [sampleCell({ error_weight: (weight += 1) })]);
          const trial = (await store.trials(id)).at(-1);
          const attempt = await store.beginAttempt(trial?.id ?? (0 as TrialId), sampleOrigin);
          await store.finishAttempt(attempt, { state: 'completed', result, modelFile: null });
          expect((await store.trials(id)).at(-1)?.result).toEqual(result);
        }),
        { numRuns: 60 },
      );
    });

    storeTest('as NULL with a note where SQL has no such number', async ({ query }, store) => {
      const { attempt } = await begin(store);
      await store.recordEpoch(attempt, sampleEpoch(1, { trainLoss: NaN, testLoss: Infinity, meanStep: -Infinity }));
      const [row] = await query('SELECT train_loss, test_loss, mean_step, nonfinite FROM epoch');
      expect(row).toMatchObject({ train_loss: null, test_loss: null, mean_step: null });
      expect(JSON.parse(String(row.nonfinite))).toEqual({ train_loss: 'nan', test_loss: 'inf', mean_step: '-inf' });
    });
  });

  describe(`${name} outlives its process`, () => {
    it('finds everything again after closing', () =>
      withDatabase(async ({ open }) => {
        const first = await open();
        const { sweep, attempt } = await begin(first, 2);
        await first.finishAttempt(attempt, completedWith({ loss: NaN }));
        const before = await first.trials(sweep);
        await first.close();
        const second = await open();
        expect(await second.openSweep(sampleDeclaration)).toMatchObject({ id: sweep, existed: true });
        expect(await second.trials(sweep)).toEqual(before);
        await second.close();
        await second.close();
      }));

    storeTest('and shares its database with no other store', async ({ open }) => {
      await expect(open()).rejects.toThrow(new RegExp(`Process ${process.pid} on .* is running sweeps`));
      await expect(open()).rejects.toMatchObject({ code: 'database' });
    });
  });
}

async function prepare(store: Store, cells: number): Promise<{ sweep: SweepId; trials: readonly StoredTrial[] }> {
  const { id } = await store.openSweep(sampleDeclaration);
  await store.addCells(id, sampleCells(cells));
  return { sweep: id, trials: await store.trials(id) };
}

/** A sweep whose first trial is running. */
async function begin(store: Store, cells = 1): Promise<{ sweep: SweepId; trial: TrialId; attempt: AttemptId }> {
  const { sweep } = await prepare(store, cells);
  const { id } = await trialOf(store, sweep);
  return { sweep, trial: id, attempt: await store.beginAttempt(id, sampleOrigin) };
}

async function trialOf(store: Store, sweep: SweepId): Promise<StoredTrial> {
  const trial = (await store.trials(sweep)).at(0);
  if (trial === undefined) throw new Error('The sweep has no trial.');
  return trial;
}

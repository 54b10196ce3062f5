import { schemaVersion } from '../../db/migrations/index.js';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReader, openStore, type Reader } from '../../db/index.js';
import type { AttemptEnd, Store, SweepId } from '../../src/sweep/store.js';
import {
  completedWith,
  sampleCell,
  sampleCells,
  sampleDeclaration,
  sampleEnvironment,
  sampleEpoch,
  sampleOrigin,
} from './sample.js';
import { makeTemporaryDirectory, removeDirectory } from './temporary-directory.js';

let directory: string;
let store: Store;
let reader: Reader;
let sweep: SweepId;

beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  const file = join(directory, 'sweeps.sqlite');
  store = await openStore(file);
  reader = await openReader(file);
  sweep = (await store.openSweep(sampleDeclaration)).id;
});

afterEach(async () => {
  await reader.close();
  await store.close();
  await removeDirectory(directory);
});

/** Runs trial `number` to its end, with one epoch. */
async function run(number: number, end: AttemptEnd): Promise<void> {
  const trial = (await store.trials(sweep)).find((each) => each.number === number);
  if (trial === undefined) throw new Error(`There is no trial ${number}.`);
  const attempt = await store.beginAttempt(trial.id, sampleOrigin);
  await store.recordEnvironment(attempt, sampleEnvironment);
  await store.recordEpoch(attempt, sampleEpoch(1, { testLoss: NaN }));
  await store.finishAttempt(attempt, end);
}

describe('A reader', () => {
  it('sees what a running store has committed, at once', async () => {
    const before = await reader.dataVersion();
    await store.addCells(sweep, sampleCells(3));
    expect(await reader.dataVersion()).not.toBe(before);
    await run(2, completedWith());
    expect(await reader.sweeps()).toMatchObject([
      { name: 'spiral', task: 'spiral-ode', trials: 3, counts: { queued: 2, running: 0, completed: 1, diverged: 0 } },
    ]);
    expect((await reader.trials('spiral')).map(({ state }) => state)).toEqual(['queued', 'completed', 'queued']);
  });

  it('tells of a sweep in outline: each cell with its state, who added it, and what code ran what completed', async () => {
    expect(await reader.outline('nothing')).toBeNull();
    const cells = sampleCells(3);
    await store.addCells(sweep, cells.slice(0, 2));
    await store.addCells(sweep, cells.slice(2), true);
    await run(2, completedWith());
    await run(3, { state: 'failed', reason: { code: 'error', message: 'no' } });
    const { programVersion, gitRevision, gitDirty } = sampleOrigin;
    expect(await reader.outline('spiral')).toEqual({
      specification: sampleDeclaration.specification,
      planned: null,
      cells: cells.map(({ hash }, place) => ({
        number: place + 1,
        hash,
        state: ['queued', 'completed', 'failed'][place],
        added: place === 2,
      })),
    });
    expect(await reader.programs('spiral')).toEqual([
      { programVersion, gitRevision, gitDirty, taskModule: null, trials: 1 },
    ]);
    await store.recordPlan(sweep, { digest: 'known', size: 2 });
    expect(await reader.outline('spiral', 'other')).toMatchObject({ planned: null, cells: { length: 3 } });
    expect(await reader.outline('spiral', 'known')).toEqual({
      specification: sampleDeclaration.specification,
      planned: { size: 2, open: new Map([[0, 'queued']]) },
      cells: [{ number: 3, hash: cells[2].hash, state: 'failed', added: true }],
    });
  });

  it('tells results without parameters, and the parameters of those trials that are asked for', async () => {
    const cells = sampleCells(4);
    await store.addCells(sweep, cells);
    await run(3, completedWith({ loss: Infinity }));
    await run(2, completedWith());
    await run(4, { state: 'failed', reason: { code: 'error', message: 'no' } });
    const trials = await reader.trials('spiral');
    expect(await reader.results('spiral')).toEqual(
      [trials[1], trials[2]].map(({ number, cell: { group }, result }) => ({ number, group, result })),
    );
    expect(await reader.parameters('spiral', [4, 2, 99])).toEqual(
      new Map([2, 4].map((number) => [number, cells[number - 1].parameters])),
    );
    await expect(reader.results('spirale')).rejects.toMatchObject({ hint: 'It holds: spiral.' });
  });

  it('tells what trials of a task took that ended in one go, whatever their end', async () => {
    await store.addCells(sweep, sampleCells(3));
    await run(2, completedWith());
    await run(3, { state: 'failed', reason: { code: 'error', message: 'no' } });
    const costs = await reader.costs(sampleDeclaration.task, 10);
    expect(costs.map(({ setting }) => setting)).toEqual(
      sampleCells(3)
        .slice(1)
        .map(({ parameters }) => parameters),
    );
    expect(costs[0]?.seconds).toBe((await reader.trial('spiral', 2)).trial.wallSeconds);
    expect(await reader.costs(sampleDeclaration.task, 1)).toHaveLength(1);
    expect(await reader.costs('another', 10)).toEqual([]);
  });

  it('gives a sweep back as it was declared', async () => {
    expect(await reader.sweep('spiral')).toMatchObject(sampleDeclaration);
  });

  it('dates a sweep by its latest attempt', async () => {
    const { createdAt, lastActivityAt } = await reader.sweep('spiral');
    expect(lastActivityAt).toBe(createdAt);
    await store.addCells(sweep, sampleCells(1));
    await run(1, completedWith());
    const { trial } = await reader.trial('spiral', 1);
    expect((await reader.sweep('spiral')).lastActivityAt).toBe(trial.finishedAt);
  });

  it('names the sweeps there are when asked for one there is not', async () => {
    const missing = reader.trials('spirale');
    await expect(missing).rejects.toMatchObject({ code: 'usage', hint: 'It holds: spiral.' });
  });

  it('tells an epoch of another program with its own metrics, and where it ran as far as that is known', async () => {
    await store.addCells(sweep, sampleCells(1));
    const [trial] = await store.trials(sweep);
    const attempt = await store.beginAttempt(trial.id, sampleOrigin);
    const environment = { ...sampleEnvironment, engine: 'command', dtype: null, modelParameters: null };
    await store.recordEnvironment(attempt, environment);
    const epoch = sampleEpoch(1, { meanStep: null, trainNfe: null, metrics: { kinetic: 0.5, gap: -Infinity } });
    await store.recordEpoch(attempt, epoch);
    const history = await reader.trial('spiral', 1);
    expect(history.epochs).toEqual([epoch]);
    expect(history.trial.environment).toEqual(environment);
  });

  it('tells a trial with its attempts and the epochs of the latest', async () => {
    await store.addCells(sweep, sampleCells(1));
    const { trial } = await reader.trial('spiral', 1);
    const first = await store.beginAttempt(trial.id, sampleOrigin);
    await store.recordEpoch(first, sampleEpoch(1));
    await store.recordEpoch(first, sampleEpoch(2));
    await store.interruptAttempt(first);
    await run(1, { state: 'diverged', reason: { code: 'non_finite', message: 'loss is NaN', epoch: 2 } });
    const history = await reader.trial('spiral', 1);
    expect(history.trial).toMatchObject({ sweep: 'spiral', state: 'diverged', environment: sampleEnvironment });
    expect(history.attempts).toMatchObject([
      { number: 1, state: 'interrupted', origin: sampleOrigin, environment: null, reason: null },
      { number: 2, state: 'diverged', environment: sampleEnvironment, reason: { code: 'non_finite', epoch: 2 } },
    ]);
    expect(history.epochs).toEqual([sampleEpoch(1, { testLoss: NaN })]);
    expect(await reader.epochs('spiral')).toEqual([{ trial: 1, metrics: sampleEpoch(1, { testLoss: NaN }) }]);
  });

  it('says which trials there are when asked for one there is not', async () => {
    await store.addCells(sweep, sampleCells(3));
    await expect(reader.trial('spiral', 4)).rejects.toThrow('has no trial 4: its trials are 1 to 3');
  });

  it('knows who is writing', async () => {
    expect(await reader.coordinator()).toMatchObject({ pid: process.pid, running: true });
    await store.close();
    expect(await reader.coordinator()).toBeNull();
  });

  it('reads beside other readers while the store writes', async () => {
    await store.addCells(sweep, sampleCells(40));
    const readers = await Promise.all(Array.from({ length: 8 }, () => openReader(join(directory, 'sweeps.sqlite'))));
    const writing = (async () => {
      for (let number = 1; number <= 40; number += 1) await run(number, completedWith());
    })();
    const reading = readers.map(async (each) => {
      let completed = 0;
      while (completed < 40) {
        const { counts } = await each.sweep('spiral');
        expect(counts.completed).toBeGreaterThanOrEqual(completed);
        completed = counts.completed;
        await new Promise(setImmediate);
      }
    });
    await Promise.all([writing, ...reading]);
    await Promise.all(readers.map((each) => each.close()));
  });
});

describe('The frontier that a reader gives', () => {
  it('keeps ties and leaves out what is dominated, failed or not finite', async () => {
    await store.addCells(sweep, sampleCells(7));
    await run(1, completedWith({ nfe: 50, loss: 0.1 }));
    await run(2, completedWith({ nfe: 20, loss: 0.3 }));
    await run(3, completedWith({ nfe: 20, loss: 0.3 }));
    await run(4, completedWith({ nfe: 20, loss: 0.4 }));
    await run(5, completedWith({ nfe: 60, loss: 0.1 }));
    await run(6, completedWith({ nfe: 10, loss: NaN }));
    await run(7, { state: 'failed', reason: { code: 'error', message: 'boom' } });
    expect((await reader.query('SELECT trial FROM pareto ORDER BY nfe, trial')).rows.flat()).toEqual([2, 3, 1]);
  });

  it('aggregates seeds by cell', async () => {
    const cells = [1, 2].flatMap((error_weight) => [1, 2, 3].map((seed) => sampleCell({ error_weight, seed })));
    await store.addCells(sweep, cells);
    for (const [index, nfe] of [20, 22, 24].entries()) await run(index + 1, completedWith({ nfe, accuracy: null }));
    await run(4, completedWith({ nfe: 30, loss: 0.5, accuracy: null }));
    const columns = 'parameters, trials, n, nfe_mean, nfe_sd, loss_mean, loss_sd, accuracy_mean, accuracy_sd';
    const { rows } = await reader.query(
      `SELECT cell_group, ${columns}, means, sds, on_frontier FROM pareto_by_cell ORDER BY nfe_mean`,
    );
    expect(rows).toEqual([
      [
        ...[cells[0]?.group, '{"atol":0.000001,"error_weight":1,"rtol":0.001,"solver":"tsit5"}'],
        ...[3, 3, 22, 2, 0.4, 0, null, null, '{"nfe":22.0,"loss":0.4}', '{"nfe":2.0,"loss":0.0}', 1],
      ],
      [
        ...[cells[3]?.group, '{"atol":0.000001,"error_weight":2,"rtol":0.001,"solver":"tsit5"}'],
        ...[3, 1, 30, null, 0.5, null, null, null, '{"nfe":30.0,"loss":0.5}', '{"nfe":null,"loss":null}', 0],
      ],
    ]);
  });

  it('keeps a cell with a diverged loss off, however good its other seeds are', async () => {
    await store.addCells(sweep, [
      sampleCell({ seed: 1 }),
      sampleCell({ seed: 2 }),
      sampleCell({ error_weight: 5, seed: 1 }),
    ]);
    await run(1, completedWith({ nfe: 10, loss: 0.01 }));
    await run(2, completedWith({ nfe: 10, loss: Infinity }));
    await run(3, completedWith({ nfe: 30, loss: 0.5 }));
    const { rows } = await reader.query('SELECT loss_mean, on_frontier FROM pareto_by_cell ORDER BY nfe_mean');
    expect(rows).toEqual([
      [null, 0],
      [0.5, 1],
    ]);
  });
});

describe('A query', () => {
  beforeEach(async () => {
    await store.addCells(sweep, sampleCells(5));
    await run(1, completedWith({ loss: 0.25 }));
  });

  it('answers with columns and rows, up to a limit', async () => {
    const sql = 'SELECT sweep, trial, rtol, solver, loss FROM trials ORDER BY trial';
    expect(await reader.query(sql, { limit: 2 })).toEqual({
      columns: ['sweep', 'trial', 'rtol', 'solver', 'loss'],
      rows: [
        ['spiral', 1, 1e-3, 'tsit5', 0.25],
        ['spiral', 2, 1e-3, 'tsit5', null],
      ],
      truncated: true,
    });
    expect(await reader.query(sql, { limit: 5 })).toMatchObject({ truncated: false });
  });

  it.each([
    ['SELECT trial, attempt, state FROM attempts', [[1, 1, 'completed']]],
    ['SELECT trial, epoch, nfe, test_loss, nonfinite FROM epochs', [[1, 1, 62.5, null, '{"test_loss":"nan"}']]],
    ['SELECT trial, loss FROM pareto', [[1, 0.25]]],
    ['SELECT n, trials, loss_mean, loss_sd, on_frontier FROM pareto_by_cell', [[1, 1, 0.25, null, 1]]],
    ['SELECT count(*) FROM trials JOIN epochs USING (sweep, trial)', [[1]]],
    ['-- a comment\nWITH x AS (SELECT 1 AS one) SELECT * FROM x;', [[1]]],
    ['PRAGMA user_version', [[schemaVersion]]],
  ])('reads with %s', async (sql, rows) => {
    expect((await reader.query(sql)).rows).toEqual(rows);
  });

  it.each([
    `INSERT INTO sweep (name) VALUES ('x')`,
    `DELETE FROM trial RETURNING id`,
    `UPDATE sweep SET name = 'x'`,
    'DROP TABLE trial',
    `ATTACH 'other.sqlite' AS other`,
    `VACUUM INTO 'copy.sqlite'`,
    'BEGIN EXCLUSIVE',
    'CREATE TEMP TABLE t (x)',
    'PRAGMA journal_mode = DELETE',
    'PRAGMA locking_mode = EXCLUSIVE',
    '/* quoted */ PRAGMA "locking_mode" = EXCLUSIVE',
    'PRAGMA main.[locking_mode](EXCLUSIVE)',
    'PRAGMA/**/locking_mode=EXCLUSIVE',
    'PRAGMA user_version = 9',
    'PRAGMA wal_checkpoint(TRUNCATE)',
  ])('refuses %s', async (sql) => {
    await expect(reader.query(sql)).rejects.toMatchObject({ code: 'usage', message: /Only statements that read/ });
  });

  it.each([
    ['SELECT nope FROM trials', /SQL error: no such column: nope/],
    ['SELEC 1', /SQL error: .*syntax error/],
    ['SELECT 1; SELECT 2', /Expected one SQL statement/],
    ['  ', /Expected one SQL statement/],
    ['SELECT abs(-9223372036854775808)', /SQL error: integer overflow/],
  ])('explains what is wrong with %j and lists the views', async (sql, message) => {
    const failed = expect(reader.query(sql)).rejects;
    await failed.toMatchObject({ code: 'usage', message, hint: /trials, epochs, attempts, pareto, pareto_by_cell/ });
  });

  it('can be written with what the schema describes: every view and column has its sentence', async () => {
    const views = await reader.schema();
    expect(views.map(({ name }) => name)).toEqual([
      'trials',
      'pareto',
      'pareto_by_cell',
      'epochs',
      'attempts',
      'evaluations',
      'pareto_evaluated',
    ]);
    for (const { name, description, columns } of views) {
      expect(description, name).toMatch(/^[A-Z].*\.$/);
      expect(columns.filter((column) => column.description === '').map((column) => `${name}.${column.name}`)).toEqual(
        [],
      );
      await reader.query(`SELECT ${columns.map((column) => column.name).join(', ')} FROM ${name}`);
    }
  });
});

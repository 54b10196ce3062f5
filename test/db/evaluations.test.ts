import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openReader, openStore, type Reader } from '../../db/index.js';
import type { Store, StoredTrial, SweepId } from '../../src/sweep/store.js';
import { completedWith, sampleCells, sampleDeclaration, sampleEvaluation, sampleOrigin } from './sample.js';
import { withTemporaryDirectory } from './temporary-directory.js';

interface Opened {
  readonly store: Store;
  readonly reader: Reader;
  readonly sweep: SweepId;
  /** Two completed ones, one queued. */
  readonly trials: readonly StoredTrial[];
  /** Runs statements past the store, with the foreign keys that SQLite needs to be told of. */
  readonly execute: (sql: string) => void;
}

const failed = { state: 'failed', reason: { code: 'out_of_memory', message: 'no room' } } as const;
const unsolved = { state: 'unsolved', reason: { code: 'max_steps', message: 'too stiff' } } as const;

function withTrials(body: (opened: Opened) => Promise<void>): Promise<void> {
  return withTemporaryDirectory(async (directory) => {
    const file = join(directory, 'sweeps.sqlite');
    const store = await openStore(file);
    const { id: sweep } = await store.openSweep(sampleDeclaration);
    await store.addCells(sweep, sampleCells(3));
    const trials = await store.trials(sweep);
    for (const { id } of trials.slice(0, 2)) {
      await store.finishAttempt(await store.beginAttempt(id, sampleOrigin), completedWith({ nfe: 62.5, loss: 0.4 }));
    }
    const reader = await openReader(file);
    const execute = (sql: string): void => {
      const database = new Database(file);
      database.pragma('foreign_keys = ON');
      try {
        database.exec(sql);
      } finally {
        database.close();
      }
    };
    try {
      await body({ store, reader, sweep, trials, execute });
    } finally {
      await reader.close();
      await store.close();
    }
  });
}

describe('An evaluation', () => {
  it('comes back as it was recorded, numbers that are not finite and reasons included', () =>
    withTrials(async ({ store, reader, trials }) => {
      const [first, second] = trials;
      const given = [
        sampleEvaluation({ rtol: 0.01 }, { loss: NaN, accuracy: 0.5 }),
        sampleEvaluation({ rtol: 1e-9 }, unsolved),
        sampleEvaluation({}, { ...failed, reason: { ...failed.reason, detail: 'stack' } }),
      ];
      await store.recordEvaluation(second.id, given[0]);
      for (const evaluation of given) await store.recordEvaluation(first.id, evaluation);
      const stored = await reader.evaluations('spiral');
      expect(stored.map(({ trial }) => trial)).toEqual([1, 1, 1, 2]);
      for (const [index, evaluation] of given.entries()) expect(stored[index]).toMatchObject(evaluation);
    }));

  it('is immutable for whoever writes, and goes only with its sweep', () =>
    withTrials(async ({ store, reader, trials: [{ id }], execute }) => {
      await store.recordEvaluation(id, sampleEvaluation({ rtol: 0.01 }));
      await store.recordEvaluation(id, sampleEvaluation({ rtol: 1e-9 }, unsolved));
      for (const changed of [{ rtol: 0.01 }, { rtol: 1e-9 }]) {
        await expect(store.recordEvaluation(id, sampleEvaluation(changed, { nfe: 1 }))).rejects.toThrow('immutable');
      }
      expect(() => execute('UPDATE evaluation SET nfe = 1')).toThrow('immutable');
      expect(() => execute('INSERT OR REPLACE INTO evaluation SELECT * FROM evaluation')).toThrow('immutable');
      expect(() => execute('DELETE FROM evaluation')).toThrow('only with its whole sweep');
      expect(await reader.evaluations('spiral')).toHaveLength(2);
      execute('DELETE FROM sweep');
      expect((await reader.query('SELECT * FROM evaluation')).rows).toEqual([]);
    }));

  it('that failed is replaced by another try', () =>
    withTrials(async ({ store, reader, trials: [{ id }] }) => {
      await store.recordEvaluation(id, sampleEvaluation({ rtol: 0.01 }, failed));
      await store.recordEvaluation(id, sampleEvaluation({ rtol: 0.01 }));
      expect(await reader.evaluations('spiral')).toMatchObject([{ trial: 1, end: { state: 'solved' } }]);
    }));

  it('is of a completed trial', () =>
    withTrials(async ({ store, trials }) => {
      const queued = trials[2];
      await expect(store.recordEvaluation(queued.id, sampleEvaluation({}))).rejects.toThrow('completed trial');
    }));
});

describe('The views', () => {
  it('say what a model was solved by beside what it was trained by', () =>
    withTrials(async ({ store, reader, trials: [{ id }] }) => {
      await store.recordEvaluation(id, sampleEvaluation({ rtol: 0.01, atol: 'rtol', solver: 'bosh3' }));
      const { rows } = await reader.query(
        'SELECT trial, state, solver, rtol, atol, error_weight, nfe, trained_nfe, engine FROM evaluations',
      );
      expect(rows).toEqual([[1, 'solved', 'bosh3', 0.01, 0.01, 0, 20, 62.5, 'kernels']]);
    }));
});

import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openReader, openStore } from '../../db/index.js';
import {
  completedWith,
  sampleCells,
  sampleDeclaration,
  sampleEnvironment,
  sampleEpoch,
  sampleOrigin,
  sampleResult,
} from './sample.js';
import { withTemporaryDirectory } from './temporary-directory.js';

it.each(['v1.sqlite', 'v2.sqlite', 'v4.sqlite', 'v5.sqlite', 'v6.sqlite', 'v7.sqlite'])(
  'A database of the past, %s, opens, tells what it held and goes on',
  (name) =>
    withTemporaryDirectory(async (directory) => {
      const file = join(directory, name);
      await copyFile(fileURLToPath(new URL(`../fixtures/databases/${name}`, import.meta.url)), file);
      const store = await openStore(file);
      const sweep = await store.openSweep(sampleDeclaration);
      expect(sweep.existed).toBe(true);
      const trials = await store.trials(sweep.id);
      expect(trials.map(({ cell }) => cell)).toEqual(sampleCells(10));
      expect(trials.map(({ state }) => state)).toEqual([
        ...['completed', 'failed', 'pruned', 'cancelled', 'timed_out', 'diverged'],
        ...['queued', 'running', 'queued', 'queued'],
      ]);
      const reason = { code: 'non_finite', message: 'loss is NaN', detail: 'stack', epoch: 2, iteration: 17 };
      expect(trials[0]).toMatchObject({ attempts: 2, result: { ...sampleResult, loss: Infinity, accuracy: null } });
      expect(trials[5]).toMatchObject({ attempts: 2, result: null, reason });

      expect(await store.requeueOrphans(sweep.id)).toEqual([trials[7]?.id]);
      for (const trial of trials.slice(6)) {
        await store.finishAttempt(await store.beginAttempt(trial.id, sampleOrigin), completedWith());
      }
      const reader = await openReader(file);
      expect((await reader.sweep('spiral')).counts).toMatchObject({ completed: 5, queued: 0, running: 0 });
      expect(await reader.trial('spiral', 1)).toMatchObject({
        trial: { environment: sampleEnvironment, modelFile: 'models/1.bin' },
        attempts: [{ state: 'interrupted' }, { state: 'completed', origin: sampleOrigin }],
        epochs: [sampleEpoch(1), sampleEpoch(2, { testLoss: NaN, trainLoss: Infinity })],
      });
      expect((await reader.query('SELECT trial FROM pareto')).rows).toHaveLength(4);
      await reader.close();
      await store.close();
    }),
);

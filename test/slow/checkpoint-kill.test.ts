/**
 * The built product, killed in the middle of a long trial and started again: it goes on from the checkpoint.
 * Needs `npm run build`, which `npm run test:slow` does first.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openReader } from '../../db/index.js';
import type { EpochMetrics } from '../../src/training/trial.js';
import { runSweepProcess, startSweepProcess, sweepFile } from '../commands/sweep-process.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';

const args = ['run', sweepFile('endless.yaml'), 'epochs=600', 'error_weight=0,0.1', 'trial.checkpoint_every=20ms'];

function timeless(metrics: EpochMetrics): object {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !/Seconds|memory/.test(name)));
}

async function results(database: string) {
  const reader = await openReader(database);
  try {
    return await Promise.all(
      [1, 2].map(async (number) => {
        const { trial, attempts, epochs } = await reader.trial('endless', number);
        const model = await readFile(join(`${database}.models`, 'endless', `${number}.safetensors`), 'base64');
        const { nfe, loss, trainLoss } = trial.result ?? {};
        return { attempts, numbers: { nfe, loss, trainLoss, model, epochs: epochs.map(timeless) } };
      }),
    );
  } finally {
    await reader.close();
  }
}

test('trials of a killed run go on from their checkpoints and end with the numbers of an undisturbed one', async () => {
  await withTemporaryDirectory(async (directory) => {
    const [undisturbed, killed] = ['undisturbed', 'killed'].map((name) => join(directory, `${name}.sqlite`));
    expect(await runSweepProcess([...args, '--json', '--db', undisturbed])).toMatchObject({ code: 0, stderr: '' });

    for (const lines of [200, 500]) {
      const run = startSweepProcess([...args, '--json', '--db', killed]);
      await run.until(({ stdout }) => stdout.split('"event":"epoch_recorded"').length > lines);
      run.kill('SIGKILL');
      expect(await run.ended).toMatchObject({ signal: 'SIGKILL' });
    }
    const last = await runSweepProcess([...args, '--json', '--db', killed]);
    expect(last).toMatchObject({ code: 0, stderr: '' });

    const expected = await results(undisturbed);
    const found = await results(killed);
    expect(found.map(({ numbers }) => numbers)).toEqual(expected.map(({ numbers }) => numbers));
    for (const { attempts } of found) {
      expect(attempts.map(({ state }) => state)).toEqual(['lost', 'lost', 'completed']);
      expect(attempts[2]?.resumedEpoch).toBeGreaterThan(attempts[1]?.resumedEpoch ?? Infinity);
    }
    // What was skipped was not trained: no progress was told of it.
    const progress = last.stdout.split('\n').filter((line) => line.includes('"event":"trial_progress"'));
    for (const [index, { attempts }] of found.entries()) {
      const own = progress.map((line) => JSON.parse(line) as { trial: number; epoch: number });
      const epochs = own.filter(({ trial }) => trial === index + 1).map(({ epoch }) => epoch);
      expect(Math.min(...epochs)).toBeGreaterThan(attempts[2]?.resumedEpoch ?? Infinity);
    }
    const left = await readdir(join(`${killed}.models`, 'endless'));
    expect(left.sort()).toEqual(['1.safetensors', '2.safetensors']);
  });
});

/** Where checkpoints lie, and which of them stay. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkpointsBeside } from '../../src/sweep/checkpoint-files.js';
import type { StoredTrial, TrialId } from '../../src/sweep/store.js';
import { trialStates, type TrialState } from '../../src/sweep/trial-state.js';
import { sampleCell } from '../db/sample.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';

const trialOf = (number: number, state: TrialState): StoredTrial => ({
  id: number as TrialId,
  number,
  cell: sampleCell(),
  state,
  attempts: 1,
  result: null,
  reason: null,
});

test('a checkpoint goes where training is over for good, and stays where a later attempt may want it', async () => {
  await withTemporaryDirectory(async (directory) => {
    const folder = join(directory, 'sweeps.sqlite.models', 'tiny');
    await mkdir(folder, { recursive: true });
    const files = checkpointsBeside(join(directory, 'sweeps.sqlite'), { name: 'tiny' }, 30);
    const trials = trialStates.map((state, index) => trialOf(index + 1, state));
    const write = () => Promise.all(trials.map((trial) => writeFile(files.request(trial).path, '')));
    const left = async () => {
      const names = new Set(await readdir(folder));
      return trials.filter(({ number }) => names.has(`${number}.checkpoint`)).map(({ state }) => state);
    };
    const kept = trialStates.filter((state) => !['completed', 'diverged', 'pruned'].includes(state));

    await write();
    expect(files.request(trialOf(3, 'queued'))).toEqual({ path: join(folder, '3.checkpoint'), everySeconds: 30 });
    for (const trial of trials) await files.ended(trial, trial.state);
    expect(await left()).toEqual(kept);

    // What a kill between an end and its removal leaves; models are not touched.
    await write();
    for (const name of ['1.checkpoint.tmp', '99.checkpoint', '1.safetensors']) await writeFile(join(folder, name), '');
    await files.tidy(trials);
    expect(await left()).toEqual(kept);
    expect((await readdir(folder)).filter((name) => !/^\d\.checkpoint$/.test(name))).toEqual(['1.safetensors']);
  });
});

test('a sweep without a folder of models has nothing to tidy', async () => {
  await withTemporaryDirectory((directory) =>
    checkpointsBeside(join(directory, 'sweeps.sqlite'), { name: 'tiny' }, 30).tidy([]),
  );
});

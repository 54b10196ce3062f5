/**
 * Writes trials into a store until it is killed: `endless-writer.ts DATABASE`, run as a process by tests.
 *
 * Prints the number of each trial as soon as its end is promised to be stored.
 */
import { openStore } from '../../db/index.js';
import { UserError } from '../../src/errors.js';
import { completedWith, sampleCells, sampleDeclaration, sampleEpoch, sampleOrigin } from './sample.js';

const [, , path = ''] = process.argv;
const store = await openStore(path);
// A refused second store of the same process must not loosen the lock of the first.
await openStore(path).catch((error: unknown) => {
  if (!(error instanceof UserError)) throw error;
});
const { id } = await store.openSweep(sampleDeclaration);
await store.addCells(id, sampleCells(20_000));
for (const { id: trial, number } of await store.trials(id)) {
  const attempt = await store.beginAttempt(trial, sampleOrigin);
  for (let epoch = 1; epoch <= 3; epoch += 1) await store.recordEpoch(attempt, sampleEpoch(epoch));
  await store.finishAttempt(attempt, completedWith({ nfe: number }));
  process.stdout.write(`${number}\n`);
}

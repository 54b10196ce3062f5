/**
 * The built product, killed with SIGKILL at random moments – while it starts, makes its database, trains, writes models
 * and ends – and started again each time. Needs `npm run build`, which `npm run test:slow` does first.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../src/random/create-random.js';
import { killSeries, undisturbed, type KilledSweep, type Reference } from '../chaos/kill-series.js';
import { sweepFile } from '../commands/sweep-process.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';

/** Drawn anew by SWEEP_TEST_SEED=…; the moments follow from it, what they meet depends on the machine. */
const seed = Number(process.env.SWEEP_TEST_SEED ?? 20);

let directory: string;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
});
afterAll(() => removeDirectory(directory));

describe.each<KilledSweep & { readonly name: string; readonly kills: readonly (readonly [number, number])[] }>([
  // [workers, kills]
  {
    name: 'killed',
    file: sweepFile('killed.yaml'),
    code: 0,
    kills: [
      [1, 40],
      [2, 50],
      [5, 50],
    ],
  },
  {
    name: 'killed-own',
    file: sweepFile('killed-own.yaml'),
    code: 1,
    kills: [
      [2, 40],
      [5, 30],
    ],
  },
])('$name', ({ name, kills, ...sweep }) => {
  let reference: Reference;
  beforeAll(async () => {
    reference = await undisturbed(sweep, join(directory, name));
  });

  test.each(kills)(
    'with %i workers is killed %i times: nothing is lost, doubled or different',
    async (workers, count) => {
      const random = createRandom({ sweepSeed: seed, trialSeed: workers }, name);
      const tally = await killSeries(sweep, reference, {
        workers,
        kills: count,
        random,
        directory: join(directory, `${name}-${workers}`),
      });
      console.info(`${name}, ${workers} workers, seed ${seed}:`, JSON.stringify(tally));
      expect(tally.kills).toBe(count);
      expect(tally.opening).toBeGreaterThan(0);
      expect(tally.running).toBeGreaterThan(0);
    },
  );
});

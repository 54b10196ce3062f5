/**
 * The built product, killed with SIGKILL at random moments – while it starts, makes its database, trains, writes models
 * and ends – and started again each time. Needs `npm run build`, which `npm run test:slow` does first.
 */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../src/random/create-random.js';
import { changedRows, lookAt } from '../chaos/evidence.js';
import { killSeries } from '../chaos/kill-series.js';
import { runVictim } from '../chaos/victim.js';
import { databaseIn, runArguments, undisturbed, type DisturbedSweep, type Reference } from '../chaos/witness.js';
import { sweepFile } from '../commands/sweep-process.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';

/** Drawn anew by SWEEP_TEST_SEED=…; the moments follow from it, what they meet depends on the machine. */
const seed = Number(process.env.SWEEP_TEST_SEED ?? 20);

let directory: string;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
});
afterAll(() => removeDirectory(directory));

describe.each<DisturbedSweep & { readonly name: string; readonly kills: readonly (readonly [number, number])[] }>([
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

test.each(['v1', 'v2'])(
  'a database of %s that is killed while it is brought up to date holds what it held',
  async (version) => {
    const sweep: DisturbedSweep = { file: sweepFile('tiny.yaml'), code: 0 };
    const { openingMilliseconds } = await undisturbed(sweep, join(directory, `${version}-reference`));
    const random = createRandom({ sweepSeed: seed, trialSeed: 0 }, version);
    const database = databaseIn(join(directory, version));
    await mkdir(join(directory, version));
    const frozen = fileURLToPath(new URL(`../fixtures/databases/${version}.sqlite`, import.meta.url));
    const held = await lookAt(frozen);
    expect(held.settled.size).toBeGreaterThan(0);
    for (let kill = 0; kill < 12; kill++) {
      for (const suffix of ['-wal', '-shm']) await rm(database + suffix, { force: true });
      await copyFile(frozen, database);
      const milliseconds = random.uniformBetween(0.4, 1.1) * openingMilliseconds;
      await runVictim(runArguments(sweep, database, 1), { lines: 0, milliseconds });
      const left = await lookAt(database);
      expect(left.damage, `${milliseconds} ms`).toEqual([]);
      expect(changedRows(held, left), `${milliseconds} ms`).toEqual([]);
    }
    expect(await runVictim(runArguments(sweep, database, 1), null)).toMatchObject({ code: 0, stderr: '' });
    expect(changedRows(held, await lookAt(database))).toEqual([]);
  },
);

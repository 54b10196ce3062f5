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

/**
 * Drawn anew by SWEEP_TEST_SEED=…; the moments follow from it, what they meet depends on the machine. The tests' names
 * hold it, so that it is told when one fails.
 */
const seed = Number(process.env.SWEEP_TEST_SEED ?? 20);

let directory: string;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
});
afterAll(() => removeDirectory(directory));

const onThreads: DisturbedSweep = { file: sweepFile('killed.yaml'), code: 0 };
const ownTask: DisturbedSweep = { file: sweepFile('killed-own.yaml'), code: 1 };

describe.each<{
  readonly name: string;
  readonly sweep: DisturbedSweep;
  /** What nobody disturbs; default: the same. */
  readonly peaceful?: DisturbedSweep;
  /** [workers, kills] */
  readonly kills: readonly (readonly [number, number])[];
}>([
  {
    name: 'killed',
    sweep: onThreads,
    kills: [
      [1, 30],
      [2, 40],
      [5, 40],
    ],
  },
  {
    name: 'killed-own',
    sweep: ownTask,
    kills: [
      [2, 30],
      [5, 30],
    ],
  },
  // Its processes lead groups of their own: the kill does not reach them, and yet none is left after it.
  {
    name: 'killed-processes',
    sweep: { ...onThreads, overrides: ['executor=process'] },
    peaceful: onThreads,
    kills: [[3, 20]],
  },
])('$name', ({ name, sweep, peaceful = sweep, kills }) => {
  let reference: Reference;
  beforeAll(async () => {
    reference = await undisturbed(peaceful, join(directory, name));
  });

  test.each(kills)(
    `with %i workers is killed %i times (seed ${seed}): nothing is lost, doubled or different`,
    async (workers, count) => {
      const random = createRandom({ sweepSeed: seed, trialSeed: workers }, name);
      const tally = await killSeries(sweep, reference, {
        workers,
        kills: count,
        random,
        directory: join(directory, `${name}-${workers}`),
      });
      console.info(`${name}, ${workers} workers:`, JSON.stringify(tally));
      expect(tally.kills).toBe(count);
      expect(tally.opening).toBeGreaterThan(0);
      expect(tally.running).toBeGreaterThan(0);
    },
  );
});

test.each(['v1', 'v2'])(
  `a database of %s that is killed (seed ${seed}) while it is brought up to date holds what it held`,
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
    expect(await runVictim(runArguments(sweep, database, 1), null)).toMatchObject({ code: 0, signal: null });
    expect(changedRows(held, await lookAt(database))).toEqual([]);
  },
);

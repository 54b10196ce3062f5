/** Proof by destruction: a sweep is killed at drawn moments and started again until it is through, over and over. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RandomStream } from '../../src/random/random.js';
import { runVictim, type Moment } from './victim.js';
import { databaseIn, runArguments, Witness, type DisturbedSweep, type Reference } from './witness.js';

export interface KillOptions {
  readonly workers: number;
  readonly kills: number;
  /** Of the databases, one a round. */
  readonly directory: string;
  readonly random: RandomStream;
}

export interface KillTally {
  kills: number;
  /** Databases that were filled from nothing to the end. */
  rounds: number;
  /** Kills before the first event, during trials, and after the last one ended. */
  opening: number;
  running: number;
  finishing: number;
}

/** Kills the sweep so many times in all, in as many rounds as it takes. */
export async function killSeries(
  sweep: DisturbedSweep,
  reference: Reference,
  options: KillOptions,
): Promise<KillTally> {
  const tally: KillTally = { kills: 0, rounds: 0, opening: 0, running: 0, finishing: 0 };
  while (tally.kills < options.kills) {
    tally.rounds += 1;
    const directory = join(options.directory, `round-${tally.rounds}`);
    await mkdir(directory, { recursive: true });
    await killRound(sweep, reference, options, databaseIn(directory), tally);
  }
  return tally;
}

async function killRound(
  sweep: DisturbedSweep,
  reference: Reference,
  { workers, kills, random }: KillOptions,
  database: string,
  tally: KillTally,
): Promise<void> {
  const witness = new Witness(database, reference);
  const before = tally.kills;
  for (;;) {
    const moment = tally.kills < kills ? drawMoment(random, reference, witness.share) : null;
    const run = await runVictim(runArguments(sweep, database, workers), moment);
    const where = `Kill ${tally.kills + 1} in round ${tally.rounds} at ${JSON.stringify(moment)}`;
    const { states } = await witness.observe(run, where);
    if (run.signal === null) {
      expect(run, where).toMatchObject({ code: sweep.code, stderr: '' });
      break;
    }
    expect(run.signal, where).toBe('SIGKILL');
    tally.kills += 1;
    const queued = (states.queued ?? 0) + (states.running ?? 0);
    if (run.events.length === 0) tally.opening += 1;
    else if (queued > 0) tally.running += 1;
    else tally.finishing += 1;
  }
  const { lost = 0, ...others } = await witness.conclude();
  expect(others).toEqual({});
  expect(lost).toBeLessThanOrEqual((tally.kills - before) * workers);
}

/**
 * A good third while the process starts, opens its database and begins its first trials, the rest in what it is about to
 * tell, not too far away: a round takes more than one kill.
 *
 * @param share of the trials that have not completed
 */
function drawMoment(random: RandomStream, { lines, openingMilliseconds }: Reference, share: number): Moment {
  if (random.uniform() < 0.35)
    return { lines: 0, milliseconds: random.uniformBetween(0.05, 1.5) * openingMilliseconds };
  return { lines: 1 + random.integer(Math.ceil((share * lines) / 3) + 2), milliseconds: random.uniformBetween(0, 60) };
}

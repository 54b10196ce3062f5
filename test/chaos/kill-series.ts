/**
 * Proof by destruction: a sweep is killed at drawn moments and started again until it is through, over and over.
 *
 * After each kill nothing that had ended has changed, and everything that was told is stored; at the end of each
 * round the table and the models are those of a run that nobody disturbed.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RandomStream } from '../../src/random/random.js';
import { attemptStates, changedRows, filesBeside, finalTable, lookAt, type FinalTable } from './evidence.js';
import { runVictim, type Moment, type Told } from './victim.js';

export interface KilledSweep {
  readonly file: string;
  readonly overrides?: readonly string[];
  /** The exit code of a run that is through. */
  readonly code: number;
}

export interface Reference {
  readonly table: FinalTable;
  readonly files: Readonly<Record<string, string>>;
  /** Lines that the run told. */
  readonly lines: number;
}

export interface KillTally {
  kills: number;
  /** Of databases that were filled from nothing to the end. */
  rounds: number;
  /** Kills before the first event, during trials, and after the last one ended. */
  opening: number;
  running: number;
  finishing: number;
}

const databaseIn = (directory: string): string => join(directory, 'sweeps.sqlite');

/** The same sweep, by one worker, in peace. */
export async function undisturbed(sweep: KilledSweep, directory: string): Promise<Reference> {
  await mkdir(directory);
  const database = databaseIn(directory);
  const run = await runVictim(argumentsOf(sweep, database, 1), null);
  expect(run).toMatchObject({ code: sweep.code, signal: null, stderr: '' });
  const table = finalTable(database);
  expect(table.trials.length).toBeGreaterThan(0);
  return { table, files: await filesBeside(database), lines: run.events.length };
}

/** Kills the sweep so many times in all, in as many rounds as it takes. */
export async function killSeries(
  sweep: KilledSweep,
  reference: Reference,
  options: {
    readonly workers: number;
    readonly kills: number;
    readonly directory: string;
    readonly random: RandomStream;
  },
): Promise<KillTally> {
  const tally: KillTally = { kills: 0, rounds: 0, opening: 0, running: 0, finishing: 0 };
  while (tally.kills < options.kills) {
    tally.rounds += 1;
    const directory = join(options.directory, `round-${tally.rounds}`);
    await mkdir(directory, { recursive: true });
    await killRound(sweep, reference, { ...options, database: databaseIn(directory) }, tally);
  }
  return tally;
}

async function killRound(
  sweep: KilledSweep,
  reference: Reference,
  options: {
    readonly workers: number;
    readonly kills: number;
    readonly database: string;
    readonly random: RandomStream;
  },
  tally: KillTally,
): Promise<void> {
  const { database, workers, random } = options;
  const cells = reference.table.trials.length;
  let before = await lookAt(database);
  for (;;) {
    const left = 1 - before.completed.length / cells;
    const moment = tally.kills < options.kills ? drawMoment(random, Math.ceil(left * reference.lines)) : null;
    const run = await runVictim(argumentsOf(sweep, database, workers), moment);
    const where = `kill ${tally.kills + 1} in round ${tally.rounds} at ${JSON.stringify(moment)}: ${run.stderr}`;
    const after = await lookAt(database);
    expect(after.damage, where).toEqual([]);
    expect(changedRows(before, after), where).toEqual([]);
    expectTold(run, before.completed, after.completed, where);
    before = after;
    if (run.signal === null) {
      expect(run, where).toMatchObject({ code: sweep.code, stderr: '' });
      break;
    }
    expect(run.signal, where).toBe('SIGKILL');
    tally.kills += 1;
    const queued = (after.states.queued ?? 0) + (after.states.running ?? 0);
    if (run.events.length === 0) tally.opening += 1;
    else if (queued > 0) tally.running += 1;
    else tally.finishing += 1;
  }
  expect(finalTable(database)).toEqual(reference.table);
  expect(await filesBeside(database)).toEqual(reference.files);
  const { lost = 0, ...ended } = attemptStates(database);
  expect(Object.values(ended).reduce((sum, count) => sum + count, 0)).toBe(cells);
  expect(lost).toBeLessThanOrEqual(tally.kills * workers);
}

/** What a run said has completed is stored, and it never says so of a trial that had completed before. */
function expectTold({ events }: Told, before: readonly number[], after: readonly number[], where: string): void {
  const told = events.flatMap(({ event, trial }) =>
    event === 'trial_completed' && trial !== undefined ? [trial] : [],
  );
  expect(after, where).toEqual(expect.arrayContaining(told));
  expect(new Set([...before, ...told]).size, where).toBe(before.length + told.length);
}

/**
 * A good third between the start of the process and its first trials, the rest in what it is about to tell, not too far
 * away: a round takes more than one kill.
 */
function drawMoment(random: RandomStream, lines: number): Moment {
  if (random.uniform() < 0.35) return { lines: 0, milliseconds: random.uniformBetween(50, 1200) };
  return { lines: 1 + random.integer(Math.ceil(lines / 3) + 2), milliseconds: random.uniformBetween(0, 60) };
}

function argumentsOf({ file, overrides = [] }: KilledSweep, database: string, workers: number): readonly string[] {
  return [file, ...overrides, '--db', database, '--workers', String(workers)];
}

/**
 * Follows one database through disturbances: after each of them nothing that had ended has changed and everything that
 * was told is stored; at the end table and models are those of a run that nobody disturbed.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  attemptStates,
  changedRows,
  filesBeside,
  finalTable,
  lookAt,
  type Evidence,
  type FinalTable,
} from './evidence.js';
import { startVictim, type Told } from './victim.js';

export interface DisturbedSweep {
  readonly file: string;
  readonly overrides?: readonly string[];
  /** The exit code of a run that is through. */
  readonly code: number;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Reference {
  readonly table: FinalTable;
  readonly files: Readonly<Record<string, string>>;
  /** Lines that the run told. */
  readonly lines: number;
  /** Until the first of them, on this machine as busy as it is. */
  readonly openingMilliseconds: number;
}

/** Attempts that did not end their trials: they were cut short, or made again. */
export type SpareAttempts = Readonly<Partial<Record<string, number>>>;

export const databaseIn = (directory: string): string => join(directory, 'sweeps.sqlite');

export function runArguments({ file, overrides = [] }: DisturbedSweep, database: string, workers: number): string[] {
  return [file, ...overrides, '--db', database, '--workers', String(workers)];
}

/** The same sweep, by one worker, in peace. */
export async function undisturbed(sweep: DisturbedSweep, directory: string): Promise<Reference> {
  await mkdir(directory, { recursive: true });
  const database = databaseIn(directory);
  const { environment = {} } = sweep;
  const since = performance.now();
  const started = startVictim(runArguments(sweep, database, 1), { environment });
  await started.until(({ stdout }) => stdout.includes('\n'));
  const openingMilliseconds = performance.now() - since;
  const run = await started.ended;
  expect(run).toMatchObject({ code: sweep.code, signal: null, stderr: '' });
  const table = finalTable(database);
  expect(table.trials.length).toBeGreaterThan(0);
  return { table, files: await filesBeside(database), lines: run.events.length, openingMilliseconds };
}

export class Witness {
  readonly #database: string;
  readonly #reference: Reference;
  #before: Evidence | null = null;

  constructor(database: string, reference: Reference) {
    this.#database = database;
    this.#reference = reference;
  }

  /** Of the trials, how many have not completed. */
  get share(): number {
    return 1 - (this.#before?.completed.length ?? 0) / this.#reference.table.trials.length;
  }

  /** @param where told where an expectation fails */
  async observe({ events, stderr }: Pick<Told, 'events' | 'stderr'>, where: string): Promise<Evidence> {
    const context = `${where}: ${stderr}`;
    const before = this.#before;
    const after = await lookAt(this.#database);
    expect(after.damage, context).toEqual([]);
    if (before !== null) expect(changedRows(before, after), context).toEqual([]);
    const told = events.flatMap(({ event, trial }) =>
      event === 'trial_completed' && trial !== undefined ? [trial] : [],
    );
    expect(after.completed, context).toEqual(expect.arrayContaining(told));
    const had = before?.completed ?? [];
    expect(new Set([...had, ...told]).size, context).toBe(had.length + told.length);
    this.#before = after;
    return after;
  }

  /** Expects the sweep to be through. @returns attempts that did not end their trials, by state */
  async conclude(): Promise<SpareAttempts> {
    expect(finalTable(this.#database)).toEqual(this.#reference.table);
    expect(await filesBeside(this.#database)).toEqual(this.#reference.files);
    const attempts: Partial<Record<string, number>> = { ...attemptStates(this.#database) };
    for (const { state } of this.#reference.table.trials) attempts[String(state)] = (attempts[String(state)] ?? 0) - 1;
    return Object.fromEntries(Object.entries(attempts).filter(([, count]) => count !== 0));
  }
}

/**
 * What a database holds, looked at from outside of the program: for comparing moments and runs.
 *
 * A look takes a copy of the file and its log, so that it does not recover the log in the place of the next run.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { withTemporaryDirectory } from '../db/temporary-directory.js';

export interface Evidence {
  /** What SQLite has to say against the file; empty: nothing. */
  readonly damage: readonly unknown[];
  /** Trials by state. */
  readonly states: Readonly<Partial<Record<string, number>>>;
  /** Numbers of the trials that have completed. */
  readonly completed: readonly number[];
  /** Every row that must never change again, by its table and key, as JSON. */
  readonly settled: ReadonlyMap<string, string>;
}

type Row = Readonly<Record<string, unknown>>;

const nothing: Evidence = { damage: [], states: {}, completed: [], settled: new Map() };

export function lookAt(database: string): Promise<Evidence> {
  if (!existsSync(database)) return Promise.resolve(nothing);
  return withTemporaryDirectory(async (directory) => {
    const copy = join(directory, basename(database));
    for (const suffix of ['', '-wal', '-journal']) {
      if (existsSync(database + suffix)) await copyFile(database + suffix, copy + suffix);
    }
    return withRows(copy, gather);
  });
}

function gather(rows: Query): Evidence {
  const damage = [
    ...rows('PRAGMA integrity_check').filter((row) => row.integrity_check !== 'ok'),
    ...rows('PRAGMA foreign_key_check'),
  ];
  // Killed before the tables were there.
  if (rows("SELECT 1 FROM sqlite_schema WHERE name = 'trial'").length === 0) return { ...nothing, damage };
  const trials = rows("SELECT * FROM trial WHERE state NOT IN ('queued', 'running')");
  const attempts = rows("SELECT * FROM attempt WHERE state <> 'running'");
  const epochs = rows(
    "SELECT epoch.* FROM epoch JOIN attempt ON attempt.id = epoch.attempt_id WHERE attempt.state <> 'running'",
  );
  const settled = [
    ...trials.map((row) => [`trial ${String(row.number)}`, JSON.stringify(row)] as const),
    ...attempts.map((row) => [`attempt ${String(row.id)}`, JSON.stringify(row)] as const),
    ...epochs.map((row) => [`epoch ${String(row.attempt_id)} ${String(row.epoch)}`, JSON.stringify(row)] as const),
  ];
  const counted = rows('SELECT state, count(*) AS trials FROM trial GROUP BY state');
  return {
    damage,
    states: Object.fromEntries(counted.map(({ state, trials: count }) => [String(state), Number(count)])),
    completed: trials.filter(({ state }) => state === 'completed').map(({ number }) => Number(number)),
    settled: new Map(settled),
  };
}

/** Rows that the earlier look found settled and the later one does not find the same. */
export function changedRows(earlier: Evidence, later: Evidence): readonly string[] {
  return [...earlier.settled].filter(([key, row]) => later.settled.get(key) !== row).map(([key]) => key);
}

/** Differ from run to run: keys, history, and what was measured with a clock or of the whole process. */
const incidental: ReadonlySet<string> = new Set([
  'id',
  'sweep_id',
  'trial_id',
  'attempt_id',
  'attempts',
  'train_seconds',
  'predict_seconds',
  'memory_bytes',
]);

const ofAttempt = ['engine', 'dtype', 'device', 'versions', 'model_parameters', 'choices', 'program_version'];

export interface FinalTable {
  readonly trials: readonly Row[];
  readonly environments: readonly Row[];
  /** Of the attempts that ended their trials. */
  readonly epochs: readonly Row[];
  /** Of attempts that ended their trials: one each. */
  readonly endings: readonly Row[];
}

/** Everything that must be the same after any disturbance, whatever columns there are. */
export function finalTable(database: string): FinalTable {
  return withRows(database, (rows) => {
    const ending = 'attempt JOIN trial ON trial.id = attempt.trial_id AND trial.state = attempt.state';
    return {
      trials: rows('SELECT * FROM trial ORDER BY number').map(lasting),
      environments: rows(
        `SELECT trial.number, ${ofAttempt.map((column) => `attempt.${column}`).join(', ')}, attempt.reason_code
         FROM ${ending} ORDER BY trial.number`,
      ),
      epochs: rows(
        `SELECT trial.number, epoch.* FROM ${ending} JOIN epoch ON epoch.attempt_id = attempt.id
         ORDER BY trial.number, epoch.epoch`,
      ).map(lasting),
      endings: rows(
        `SELECT trial.number, attempt.state, count(*) AS attempts FROM ${ending}
         GROUP BY trial.id ORDER BY trial.number`,
      ),
    };
  });
}

/** Attempts by state. */
export function attemptStates(database: string): Readonly<Record<string, number>> {
  return withRows(database, (rows) =>
    Object.fromEntries(
      rows('SELECT state, count(*) AS attempts FROM attempt GROUP BY state').map(({ state, attempts }) => [
        String(state),
        Number(attempts),
      ]),
    ),
  );
}

/** Digests of all that lies beside the database, by name: models and what was left behind. */
export async function filesBeside(database: string): Promise<Readonly<Record<string, string>>> {
  const folder = dirname(database);
  const own = ['', '-wal', '-shm', '-lock'].map((suffix) => basename(database) + suffix);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !own.includes(entry.name));
  const digests = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    const digest = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    return [path.slice(folder.length + 1), digest] as const;
  });
  return Object.fromEntries((await Promise.all(digests)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function lasting(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !incidental.has(column)));
}

type Query = (statement: string) => readonly Row[];

export function withRows<T>(database: string, body: (rows: Query) => T): T {
  const connection = new Database(database, { fileMustExist: true });
  try {
    return body((statement) => connection.prepare<[], Row>(statement).all());
  } finally {
    connection.close();
  }
}

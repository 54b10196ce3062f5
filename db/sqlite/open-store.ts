/**
 * Opens a SQLite file for the one process that writes it: create, check, lock, migrate, in that order,
 * so that a file which is not ours or is in use is left as it was.
 */
import Database from 'better-sqlite3';
import { UserError } from '../../src/errors.js';
import type { Store } from '../../src/sweep/store.js';
import { Kysely, SqliteDialect } from '../kysely.js';
import { SqlStore } from '../sql-store.js';
import type { Tables } from '../tables.js';
import { acquireCoordinatorLock, lockPath, type CoordinatorLock } from './coordinator-lock.js';
import { databaseError, withDatabaseErrors } from './database-error.js';
import { creatableFile } from './database-file.js';
import { guardedDatabase } from './guarded-database.js';
import { clearHolder, readHolder, writeHolder } from './holder.js';
import { readIdentity } from './identity.js';
import { migrate } from './migrate.js';
import { watchFile } from './same-file.js';

export interface OpenStoreOptions {
  /** How long a write waits for a foreign program's lock before it gives up. */
  readonly busyTimeoutMs?: number;
}

/**
 * Makes the file if there is none and brings an older one up to date.
 * @throws UserError if the file is in use by another store, not ours, newer, damaged or not writable
 */
export function openStore(path: string, { busyTimeoutMs = 5000 }: OpenStoreOptions = {}): Promise<Store> {
  return new Promise((fulfil) => {
    fulfil(openSqliteStore(creatableFile(path), busyTimeoutMs));
  });
}

function openSqliteStore(path: string, busyTimeoutMs: number): Store {
  const database = withDatabaseErrors(path, () => new Database(path, { timeout: busyTimeoutMs }));
  let lock: CoordinatorLock | null = null;
  try {
    readIdentity(database, path);
    lock = acquireCoordinatorLock(path);
    if (lock === null) throw heldError(database, path);
    configure(database, path);
    migrate(database, path);
    writeHolder(database);
  } catch (error) {
    database.close();
    lock?.release();
    throw databaseError(error, path);
  }
  const held = lock;
  const file = watchFile(path);
  const kysely = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: guardedDatabase(database, path, file.require) }),
  });
  return new SqlStore(kysely, () => {
    try {
      if (file.isThere()) clearHolder(database);
      // The log of a file that has moved belongs into it: left here it would be taken for that of the next file of this
      // name, and spoil it.
      else database.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      // A leftover holder row is harmless: a full disk must neither keep the store from closing nor hide what went
      // wrong before.
      if (!(error instanceof Database.SqliteError)) throw error;
    } finally {
      database.close();
      held.release();
    }
  });
}

/**
 * WAL: readers and the writer do not wait for each other.
 *
 * synchronous NORMAL: a commit is in the operating system's hands when it returns, so that it survives
 * any death of the process, SIGKILL included; it is flushed to the disk at checkpoints. Only a power
 * failure or a crash of the machine can lose the latest commits, never consistency; trials that are
 * lost that way run again and, being deterministic, give the same numbers. FULL would pay a disk flush
 * on the coordinator's thread for every epoch of every trial.
 */
function configure(database: Database.Database, path: string): void {
  const mode = database.pragma('journal_mode = WAL', { simple: true });
  if (mode !== 'wal') {
    throw new UserError('database', `The file system of ${path} does not support write-ahead logging.`, {
      hint: 'Name a file on a local disk with --db.',
    });
  }
  database.pragma('synchronous = NORMAL');
  database.pragma('foreign_keys = ON');
  database.pragma('recursive_triggers = ON');
}

function heldError(database: Database.Database, path: string): UserError {
  let holder = null;
  try {
    holder = readHolder(database);
  } catch {
    // The other process is only just creating the tables: there is no name to give yet.
  }
  const who = holder === null ? 'Another process' : `Process ${holder.pid} on ${holder.host}`;
  return new UserError('database', `${who} is running sweeps in ${path}; only one process can write it at a time.`, {
    hint: `Wait for it to end or stop it, or use --db to name another file. Reading (ls, trials, sql) works meanwhile. The lock file ${lockPath(path)} is not the reason: do not delete it.`,
  });
}

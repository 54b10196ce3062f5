/**
 * At most one process writes a database: a lock that the operating system drops when the process dies.
 *
 * SQLite's own file locks on an empty file beside the database, `<database>-lock`, held exclusively for
 * the store's lifetime. (The database itself cannot carry it: an exclusive lock there would shut out
 * readers.) Because only the lock counts, a file left over by a killed process means nothing; it is
 * never deleted, since a process that holds a deleted file and one that made a new file would both
 * believe they are alone. Two stores of one process exclude each other too: SQLite knows its own handles.
 *
 * Known limit: on network file systems the lock is as good as their locking.
 */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

export interface CoordinatorLock {
  release(): void;
}

/** How long to try: long enough to outlast `isCoordinatorLocked` of another process, which holds it for an instant. */
const patienceMs = 300;

export function lockPath(databasePath: string): string {
  return `${databasePath}-lock`;
}

/** @returns null if another store holds the lock @throws SqliteError if the lock file cannot be made */
export function acquireCoordinatorLock(databasePath: string): CoordinatorLock | null {
  const handle = new Database(lockPath(databasePath), { timeout: patienceMs });
  try {
    // Nothing is ever written, so that a journal file beside the lock would be litter.
    handle.pragma('journal_mode = MEMORY');
    handle.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    handle.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
    throw error;
  }
  return { release: () => handle.close() };
}

/** Whether a store holds the lock now; never waits. */
export function isCoordinatorLocked(databasePath: string): boolean {
  if (!existsSync(lockPath(databasePath))) return false;
  const handle = new Database(lockPath(databasePath), { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    handle.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return true;
    throw error;
  } finally {
    handle.close();
  }
}

/** SQLite's error codes as what the user can do about them. */
import Database from 'better-sqlite3';
import { UserError } from '../../src/errors.js';

interface Advice {
  /** Result code; its extended codes start with it (SQLITE_READONLY_DIRECTORY, …). */
  readonly code: string;
  readonly says: string;
  readonly hint: string;
}

const advice: readonly Advice[] = [
  {
    code: 'SQLITE_NOTADB',
    says: 'is not a SQLite database',
    hint: 'Name another file with --db; this one is left as it is.',
  },
  {
    code: 'SQLITE_CORRUPT',
    says: 'is damaged',
    hint: 'Save what can be read with "sqlite3 FILE .recover", or restore a backup.',
  },
  {
    code: 'SQLITE_CANTOPEN',
    says: 'cannot be opened',
    hint: 'Check that it is a file and that you may read and write it and its directory.',
  },
  {
    code: 'SQLITE_READONLY',
    says: 'cannot be written',
    hint: 'Check the permissions of the file and of its directory, or name another file with --db.',
  },
  {
    code: 'SQLITE_FULL',
    says: 'cannot grow: the disk is full',
    hint: 'Free some space and run the same command again: finished trials are kept.',
  },
  {
    code: 'SQLITE_BUSY',
    says: 'is locked by another program',
    hint: 'Close other programs that write to it (a SQLite shell with an open transaction?) and try again.',
  },
  {
    code: 'SQLITE_IOERR',
    says: 'cannot be read or written: the disk or the file system reported an error',
    hint: 'Check the disk and its free space, or name a file on another disk with --db.',
  },
];

/** What to throw in place of `error`: a UserError that names the file, or the error itself where it is our bug. */
export function databaseError(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const known = advice.find(({ code }) => error.code === code || error.code.startsWith(`${code}_`));
  if (known === undefined) return error;
  return new UserError('database', `The database ${path} ${known.says} (${error.message}).`, {
    hint: known.hint,
    cause: error,
  });
}

/** Runs `action` and throws what `databaseError` makes of its error. */
export function withDatabaseErrors<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw databaseError(error, path);
  }
}

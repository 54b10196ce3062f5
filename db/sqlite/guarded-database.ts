/**
 * The handle that kysely drives: better-sqlite3 with errors a person can act on, and a rollback that
 * does not hide them.
 *
 * After some errors (disk full, I/O) SQLite has already rolled back; kysely's own `rollback` would then
 * fail and replace the error that matters.
 */
import type { Database } from 'better-sqlite3';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { withDatabaseErrors } from './database-error.js';

export function guardedDatabase(database: Database, path: string): SqliteDatabase {
  const guarded = (sql: string): SqliteStatement => {
    const statement = database.prepare(sql);
    return {
      reader: statement.reader,
      all: (parameters) => withDatabaseErrors(path, () => statement.all(...parameters)),
      run: (parameters) => {
        if (sql === 'rollback' && !database.inTransaction) return { changes: 0, lastInsertRowid: 0 };
        return withDatabaseErrors(path, () => statement.run(...parameters));
      },
      iterate: (parameters) => statement.iterate(...parameters),
    };
  };
  return {
    close: () => database.close(),
    prepare: (sql) => withDatabaseErrors(path, () => guarded(sql)),
  };
}

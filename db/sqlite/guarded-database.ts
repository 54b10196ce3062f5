/**
 * The handle that kysely drives: better-sqlite3 with errors a person can act on, a rollback that
 * does not hide them, and statements that are prepared once.
 *
 * After some errors (disk full, I/O) SQLite has already rolled back; kysely's own `rollback` would then
 * fail and replace the error that matters.
 */
import type { Database } from 'better-sqlite3';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { withDatabaseErrors } from './database-error.js';

/** Most statements that are kept; those of a run are fewer. */
const keptStatements = 64;

export function guardedDatabase(database: Database, path: string): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
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
    prepare: (sql) => {
      const known = kept.get(sql);
      if (known !== undefined) return known;
      const statement = withDatabaseErrors(path, () => guarded(sql));
      if (kept.size < keptStatements) kept.set(sql, statement);
      return statement;
    },
  };
}

/**
 * The handle that kysely drives: better-sqlite3 with errors a person can act on, a rollback that
 * does not hide them, statements that are prepared once, and rows as objects that are made quickly: better-sqlite3 sets
 * their properties one by one through its native boundary, which takes twice as long for many rows.
 *
 * After some errors (disk full, I/O) SQLite has already rolled back; kysely's own `rollback` would then
 * fail and replace the error that matters.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { withDatabaseErrors } from './database-error.js';

/** Most statements that are kept; those of a run are fewer. */
const keptStatements = 64;

/** @param beforeTransaction what it throws keeps a transaction from beginning */
export function guardedDatabase(
  database: Database,
  path: string,
  beforeTransaction: () => void = () => undefined,
): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  const guarded = (sql: string): SqliteStatement => {
    const statement = database.prepare(sql);
    const all = statement.reader ? createRowReader(statement) : () => [];
    return {
      reader: statement.reader,
      all: (parameters) => withDatabaseErrors(path, () => all(parameters)),
      run: (parameters) => {
        if (sql === 'begin') beforeTransaction();
        if (sql === 'rollback' && !database.inTransaction) return { changes: 0, lastInsertRowid: 0 };
        return withDatabaseErrors(path, () => statement.run(...parameters));
      },
      iterate: (parameters) => all(parameters).values(),
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

/** Copies of one object with all columns share its shape, whatever their number. */
function createRowReader(statement: Statement): (parameters: readonly unknown[]) => unknown[] {
  const arrays = statement.raw() as Statement<unknown[], readonly unknown[]>;
  const names = statement.columns().map(({ name }) => name);
  const blank = Object.fromEntries(names.map((name): [string, unknown] => [name, null]));
  return (parameters) =>
    arrays.all(...parameters).map((values) => {
      const row = { ...blank };
      for (let column = 0; column < names.length; column += 1) row[names[column]] = values[column];
      return row;
    });
}

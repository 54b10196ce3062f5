/**
 * Opens a SQLite file for reading only, whether its writer lives, ended or was killed.
 *
 * Known limit: a WAL database can be read only where its -shm file exists or can be made, so that one
 * in a directory without write permission is readable only while someone else has it open.
 */
import Database from 'better-sqlite3';
import { UserError } from '../../src/errors.js';
import { Kysely, SqliteDialect } from '../kysely.js';
import { schemaVersion } from '../migrations/index.js';
import type { CoordinatorPresence, Reader, ViewDescription } from '../reader.js';
import { SqlReader } from '../sql-reader.js';
import type { Tables } from '../tables.js';
import { describeViews } from '../view-descriptions.js';
import { isCoordinatorLocked } from './coordinator-lock.js';
import { databaseError } from './database-error.js';
import { existingFile } from './database-file.js';
import { guardedDatabase } from './guarded-database.js';
import { readHolder } from './holder.js';
import { readIdentity } from './identity.js';
import { runQuery } from './query.js';

/** @throws UserError if there is no such file, or it is not ours, newer, older, damaged or not readable */
export function openReader(path: string): Promise<Reader> {
  return new Promise((fulfil) => {
    fulfil(openSqliteReader(existingFile(path)));
  });
}

function openSqliteReader(path: string): Reader {
  const database = openChecked(path);
  const kysely = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: guardedDatabase(database, path) }),
  });
  const schema = (): readonly ViewDescription[] => readViews(database);
  return new SqlReader(kysely, {
    path,
    schema,
    query: (sql, limit) => {
      const views = schema().map(({ name }) => name);
      return runQuery(database, path, views, sql, limit);
    },
    dataVersion: () => database.pragma('data_version', { simple: true }) as number,
    coordinator: () => presence(database, path),
    close: () => database.close(),
  });
}

function openChecked(path: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { readonly: true, fileMustExist: true });
    const version = readIdentity(database, path);
    if (version === schemaVersion) return database;
    throw version === 0
      ? new UserError('database', `The database ${path} holds no sweep yet.`, {
          hint: 'Start one with "sweep run", or name another file with --db.',
        })
      : new UserError(
          'database',
          `The database ${path} has schema version ${version}, older than this program's ${schemaVersion}.`,
          { hint: 'The next "sweep run" on it brings it up to date.' },
        );
  } catch (error) {
    database?.close();
    if (needsFilesBeside(error) && database !== undefined) {
      throw new UserError(
        'database',
        `The database ${path} cannot be read where it is: SQLite must make files beside it, but may not.`,
        {
          hint: 'Get write permission for its directory, or copy it (with its -wal file, if there is one) elsewhere.',
          cause: error,
        },
      );
    }
    throw databaseError(error, path);
  }
}

/** As people want to read of them; a view that is not named here comes after these. */
const viewOrder = ['trials', 'pareto', 'pareto_by_cell', 'epochs', 'attempts'];

function readViews(database: Database.Database): readonly ViewDescription[] {
  const views = database
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'view' ORDER BY rowid`,
    )
    .all()
    .sort((one, other) => placeOf(one.name) - placeOf(other.name));
  const columns = database.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck();
  return describeViews(views.map(({ name, sql }) => ({ name, sql, columns: columns.all(name) })));
}

function placeOf(view: string): number {
  const place = viewOrder.indexOf(view);
  return place === -1 ? viewOrder.length : place;
}

function presence(database: Database.Database, path: string): CoordinatorPresence | null {
  const holder = readHolder(database);
  return holder === null ? null : { ...holder, running: isCoordinatorLocked(path) };
}

/** What SQLite says when the -shm file of a WAL database is missing and cannot be made. */
function needsFilesBeside(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(CANTOPEN|READONLY)/.test(error.code);
}

/**
 * One statement a user typed, on a connection that can only read.
 *
 * The read-only file handle is what protects the data. The checks here give better words, and refuse
 * what a read-only handle would still do: ATTACH another file, or set a PRAGMA that could make the
 * writer wait (locking_mode).
 */
import Database from 'better-sqlite3';
import { UserError } from '../../src/errors.js';
import type { QueryResult, SqlValue } from '../reader.js';
import { databaseError } from './database-error.js';

/** Those that only report. */
const reportingPragmas: ReadonlySet<string> = new Set([
  'application_id',
  'collation_list',
  'compile_options',
  'data_version',
  'database_list',
  'foreign_key_check',
  'foreign_key_list',
  'freelist_count',
  'function_list',
  'index_info',
  'index_list',
  'index_xinfo',
  'integrity_check',
  'page_count',
  'page_size',
  'pragma_list',
  'quick_check',
  'table_info',
  'table_list',
  'table_xinfo',
  'user_version',
]);

/** Plainly written: whatever else starts with PRAGMA (quoted names, assignments, comments inside) is refused. */
const reportingPragma = /^pragma\s+(?:main\s*\.\s*)?(\w+)\s*(?:\([^()]*\))?\s*;?\s*$/i;

const leadingComments = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/;

/** @param views named in the hint of an error in the SQL */
export function runQuery(
  database: Database.Database,
  path: string,
  views: readonly string[],
  text: string,
  limit: number | undefined,
): QueryResult {
  const statement = prepare(database, path, views, text);
  try {
    const rows: (readonly SqlValue[])[] = [];
    let truncated = false;
    for (const row of statement.raw().iterate()) {
      if (limit !== undefined && rows.length >= limit) {
        truncated = true;
        break;
      }
      rows.push(row);
    }
    return { columns: statement.columns().map(({ name }) => name), rows, truncated };
  } catch (error) {
    throw asUserError(error, path, views);
  }
}

function prepare(
  database: Database.Database,
  path: string,
  views: readonly string[],
  text: string,
): Database.Statement<[], readonly SqlValue[]> {
  const sql = text.replace(leadingComments, '');
  if (/^pragma\b/i.test(sql)) {
    const name = reportingPragma.exec(sql)?.[1];
    if (name === undefined || !reportingPragmas.has(name.toLowerCase())) throw refusal('this PRAGMA may do more');
  }
  let statement;
  try {
    statement = database.prepare<[], readonly SqlValue[]>(text);
  } catch (error) {
    throw asUserError(error, path, views);
  }
  if (!statement.reader || !statement.readonly) throw refusal('this one does more');
  return statement;
}

function refusal(what: string): UserError {
  return new UserError('usage', `Only statements that read are run here; ${what}.`, {
    hint: 'Use SELECT, WITH … SELECT, VALUES or EXPLAIN.',
  });
}

function asUserError(error: unknown, path: string, views: readonly string[]): unknown {
  const hint = `The views are ${views.join(', ')}.`;
  // better-sqlite3 itself refuses an empty text and several statements, as a RangeError.
  if (error instanceof RangeError) {
    return new UserError('usage', `Expected one SQL statement: ${error.message}`, { hint, cause: error });
  }
  const translated = databaseError(error, path);
  if (!(translated instanceof Database.SqliteError)) return translated;
  return new UserError('usage', `SQL error: ${translated.message}`, { hint, cause: translated });
}

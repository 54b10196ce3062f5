/**
 * Whose database a file is: read from its header before anything is changed.
 *
 * `application_id` marks a file as ours, `user_version` is the schema version. A file with tables but
 * without our mark belongs to another program: it is refused, never migrated.
 */
import type { Database } from 'better-sqlite3';
import { UserError } from '../../src/errors.js';
import { schemaVersion } from '../migrations/index.js';

/** "prtd" in ASCII, as SQLite's header stores it. */
export const applicationId = 0x70727464;

/** @returns the schema version; 0 for a file without any content. @throws UserError for a foreign or newer database */
export function readIdentity(database: Database, path: string): number {
  const id = database.pragma('application_id', { simple: true }) as number;
  const version = database.pragma('user_version', { simple: true }) as number;
  if (id !== applicationId) {
    const { count } = database.prepare<[], { count: number }>('SELECT count(*) AS count FROM sqlite_schema').get() as {
      count: number;
    };
    if (id === 0 && version === 0 && count === 0) return 0;
    throw new UserError('database', `${path} is a SQLite database of another program, not one of sweep.`, {
      hint: 'Name another file with --db; this one is left as it is.',
    });
  }
  if (version > schemaVersion) {
    throw new UserError(
      'database',
      `The database ${path} has schema version ${version}, newer than this program, which knows up to ${schemaVersion}.`,
      { hint: 'Update paretode, or name another file with --db.' },
    );
  }
  return version;
}

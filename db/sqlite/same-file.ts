/**
 * Notices that a database was deleted, moved or replaced while it is open.
 *
 * An open file stays writable after its name has gone, and SQLite in WAL mode does not look: without this a run would
 * go on to its end and everything it found would be gone with the process.
 *
 * Known limit: Windows keeps open files from being deleted, and nothing is looked at there.
 */
import { statSync } from 'node:fs';
import { UserError } from '../../src/errors.js';

export interface SameFile {
  /** Whether the path still names the file that it named at first. */
  readonly isThere: () => boolean;
  /** @throws UserError('database') if not */
  readonly require: () => void;
}

export function watchFile(path: string): SameFile {
  if (process.platform === 'win32') return { isThere: () => true, require: () => undefined };
  const opened = statSync(path);
  const isThere = (): boolean => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.ino === opened.ino && found.dev === opened.dev;
  };
  return {
    isThere,
    require: () => {
      if (isThere()) return;
      const gone = statSync(path, { throwIfNoEntry: false }) === undefined;
      const what = gone ? 'was deleted or moved' : 'was replaced by another file';
      throw new UserError('database', `The database ${path} ${what} while a run was writing it.`, {
        hint: 'Put the file back and run the same command again; without it the sweep starts anew.',
      });
    },
  };
}

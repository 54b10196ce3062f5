/** What is at a path before SQLite looks at it, as the user should hear it. */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../src/errors.js';

/** @returns absolute path of a file that exists @throws UserError otherwise */
export function existingFile(path: string): string {
  const absolute = resolve(path);
  switch (kindAt(absolute)) {
    case 'file':
      return absolute;
    case 'directory':
      throw directoryError(absolute);
    case 'nothing':
      throw new UserError('database', `There is no database ${absolute}.`, {
        hint: 'Start a sweep with "sweep run", or name an existing file with --db.',
      });
  }
}

/**
 * @returns the path, absolute and free of links so that two names of one file meet at the same lock, of
 *   a file that exists or may be made @throws UserError otherwise
 */
export function creatableFile(path: string): string {
  const absolute = resolve(path);
  switch (kindAt(absolute)) {
    case 'file':
      return realpathSync.native(absolute);
    case 'directory':
      throw directoryError(absolute);
    case 'nothing':
      if (kindAt(dirname(absolute)) === 'directory') {
        return join(realpathSync.native(dirname(absolute)), basename(absolute));
      }
      throw new UserError('database', `The directory of the database ${absolute} does not exist.`, {
        hint: `Create ${dirname(absolute)}, or name another file with --db.`,
      });
  }
}

function kindAt(path: string): 'file' | 'directory' | 'nothing' {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return 'nothing';
    return found.isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return 'nothing';
    throw new UserError('database', `The database ${path} cannot be reached: ${String(error)}.`, {
      hint: 'Check the permissions of the directories above it, or name another file with --db.',
      cause: error,
    });
  }
}

function directoryError(path: string): UserError {
  return new UserError('database', `The database must be a file, but ${path} is a directory.`, {
    hint: `Name a file, e.g. --db ${join(path, 'sweeps.sqlite')}.`,
  });
}

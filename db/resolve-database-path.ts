/** Which database a command means: `--db`, then the variable SWEEP_DB, then ./sweeps.sqlite. */
import { resolve } from 'node:path';
import { UserError } from '../src/errors.js';

const defaultFile = 'sweeps.sqlite';

export interface DatabaseChoice {
  /** The value of `--db`, if given. */
  readonly flag?: string | undefined;
  /** The environment, usually `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @returns an absolute path @throws UserError for a URL, an in-memory name or an empty value */
export function resolveDatabasePath({ flag, env }: DatabaseChoice): string {
  const [given, source] =
    flag !== undefined ? [flag, '--db'] : env.SWEEP_DB ? [env.SWEEP_DB, 'SWEEP_DB'] : [defaultFile, 'the default'];
  const expected = `${source} expects the path of a SQLite file`;
  const hint = `Give a file, e.g. --db ${defaultFile}.`;
  if (given.trim() === '') throw new UserError('usage', `${expected}, but it is empty.`, { hint });
  if (/^postgres(ql)?:\/\//i.test(given)) {
    throw new UserError('usage', `${expected}, but got a Postgres URL: this version stores sweeps in SQLite files.`, {
      hint,
    });
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(given) && !/^[a-z]:[\\/]/i.test(given)) {
    throw new UserError('usage', `${expected}, but got the URL "${given}".`, { hint });
  }
  if (given === ':memory:') {
    throw new UserError('usage', `${expected}; a database in memory would lose every trial at the end.`, { hint });
  }
  return resolve(given);
}

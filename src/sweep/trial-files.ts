/** Where the files of a sweep's trials lie: `<database>.models/<sweep>/…`. */
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';

/** The folder of a sweep's models, and of the logs and checkpoints of trials that are other programs. */
export function filesOfSweep(database: string, sweep: string): string {
  return join(dirname(database), modelFolder(database, sweep));
}

/** Where all files of a sweep's trials lie, relative to the folder of the database. */
export function modelFolder(database: string, sweep: string): string {
  return `${basename(database)}.models/${folderName(sweep)}`;
}

/**
 * What a trial that is another program prints.
 * @param files of its sweep, as `filesOfSweep`
 */
export function logFileIn(files: string, trial: number): string {
  return resolve(files, `${trial}.log`);
}

/**
 * A folder name for the sweep that any file system takes. Names that it would have to change, or that
 * a file system which ignores case might confuse, are told apart by a hash.
 */
function folderName(sweep: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,63}$/.test(sweep)) return sweep;
  const readable = sweep
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .slice(0, 40);
  return `${readable}.${createHash('sha256').update(sweep).digest('hex').slice(0, 12)}`;
}

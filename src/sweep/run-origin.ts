/**
 * Who runs an attempt: host, process, program version and the git revision of the directory that holds the user's sweep
 * file and, mostly, task modules.
 *
 * A directory outside of any repository, or a machine without git, has no revision: both are null.
 */
import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

/** Who runs an attempt: recorded with it. */
export interface AttemptOrigin {
  readonly host: string;
  readonly pid: number;
  readonly programVersion: string;
  readonly gitRevision: string | null;
  readonly gitDirty: boolean | null;
}

/** `git status` of a huge working tree may take long; the revision is not worth a wait. */
const gitMilliseconds = 2000;

/** @param directory where git is asked; default: the current one */
export async function describeOrigin(
  programVersion: string,
  directory: string = process.cwd(),
): Promise<AttemptOrigin> {
  const [gitRevision, changes] = await Promise.all([
    git(directory, 'rev-parse', 'HEAD'),
    // Untracked files do not count: the database itself lies untracked beside the sweep file.
    git(directory, 'status', '--porcelain', '--untracked-files=no'),
  ]);
  return {
    host: hostname(),
    pid: process.pid,
    programVersion,
    gitRevision,
    gitDirty: gitRevision === null || changes === null ? null : changes !== '',
  };
}

/** The trimmed output, or null if git is absent, too slow or not in a repository. */
async function git(directory: string, ...args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', args, {
      cwd: directory,
      timeout: gitMilliseconds,
      // Reading the status must not take the index lock from the user's own git.
      env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
    });
    return stdout.trim();
  } catch {
    return null;
  }
}

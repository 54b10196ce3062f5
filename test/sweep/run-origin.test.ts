import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeOrigin } from '../../src/sweep/run-origin.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';

const git = (directory: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=lab', '-c', 'user.email=lab@example.org', ...args], {
    cwd: directory,
    encoding: 'utf8',
  }).trim();

test('outside of a repository there is no revision', async () => {
  await withTemporaryDirectory(async (directory) => {
    expect(await describeOrigin('1.2.3', directory)).toEqual({
      host: hostname(),
      pid: process.pid,
      programVersion: '1.2.3',
      gitRevision: null,
      gitDirty: null,
    });
  });
});

test('in a repository the revision is recorded, and whether tracked files differ from it', async () => {
  await withTemporaryDirectory(async (directory) => {
    git(directory, 'init', '--quiet');
    expect(await describeOrigin('1.2.3', directory)).toMatchObject({ gitRevision: null, gitDirty: null });
    await writeFile(join(directory, 'sweep.yaml'), 'name: a');
    git(directory, 'add', '.');
    git(directory, 'commit', '--quiet', '--message', 'First');
    await writeFile(join(directory, 'sweeps.sqlite'), 'untracked');
    const gitRevision = git(directory, 'rev-parse', 'HEAD');
    expect(await describeOrigin('1.2.3', directory)).toMatchObject({ gitRevision, gitDirty: false });
    await writeFile(join(directory, 'sweep.yaml'), 'name: b');
    expect(await describeOrigin('1.2.3', directory)).toMatchObject({ gitRevision, gitDirty: true });
  });
});

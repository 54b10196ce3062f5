/** What a trial records of its making, enough to make it again: looked for in `show` and in the views. */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openReader } from '../../db/index.js';
import { programVersion } from '../../src/program-version.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';
import { runSweepProcess, sweepFile } from './sweep-process.js';

test('a trial records its configuration, seed, versions, revision, host, engine and device', async () => {
  await withTemporaryDirectory(async (directory) => {
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
        cwd: directory,
        encoding: 'utf8',
      }).trim();
    const file = join(directory, 'tiny.yaml');
    await writeFile(file, await readFile(sweepFile('tiny.yaml')));
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '-m', 'Tiny');
    const revision = git('rev-parse', 'HEAD');
    await writeFile(file, `${await readFile(file, 'utf8')}# changed\n`);
    const database = join(directory, 'sweeps.sqlite');
    // From elsewhere: what counts is the repository that the file lies in.
    const run = await runSweepProcess(['run', file, 'seed=11', '--plain', '--db', database], { cwd: tmpdir() });
    expect(run).toMatchObject({ code: 0, stderr: '' });

    const versions = { paretode: programVersion(), node: process.versions.node };
    const shown = JSON.parse(
      (await runSweepProcess(['show', 'tiny', '2', '--json', '--db', database])).stdout,
    ) as unknown;
    expect(shown).toMatchObject({
      // Also what the file leaves to the defaults.
      trial: {
        sweepSeed: 11,
        cell: { parameters: { seed: 0, solver: expect.any(String) as string, rtol: 1e-4, epochs: 2 } },
      },
      attempts: [
        {
          origin: { host: hostname(), programVersion: programVersion(), gitRevision: revision, gitDirty: true },
          environment: { engine: 'kernels', dtype: 'f32', device: expect.stringMatching(/./) as string, versions },
        },
      ],
    });
    const { stdout: told } = await runSweepProcess(['show', 'tiny', '2', '--db', database]);
    for (const part of [
      hostname(),
      `${revision.slice(0, 10)}+`,
      `paretode ${versions.paretode}, node ${versions.node}`,
    ]) {
      expect(told).toContain(part);
    }
    expect(told).toMatch(/sweep seed +11$/m);

    const reader = await openReader(database);
    const { rows } = await reader.query(
      `SELECT host, git_revision, git_dirty, engine, dtype, device IS NOT NULL, seed, sweep_seed, solver IS NOT NULL
       FROM trials WHERE trial = 2`,
    );
    const { rows: byAttempt } = await reader.query(
      'SELECT host, git_revision, git_dirty, program_version, json(versions) FROM attempts WHERE trial = 2',
    );
    await reader.close();
    const where = [hostname(), revision, 1];
    expect(rows).toEqual([[...where, 'kernels', 'f32', 1, 0, 11, 1]]);
    expect(byAttempt).toEqual([[...where, programVersion(), JSON.stringify(versions)]]);
  });
});

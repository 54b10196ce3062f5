/** What each command loads, and so how long it takes to start. Told by V8 itself: every script is in its report of coverage. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';
import { runSweepProcess, sweepFile } from './sweep-process.js';

const tiny = sweepFile('tiny.yaml');

let directory: string;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  await runSweepProcess(['run', tiny, '--plain', '--db', 'sweeps.sqlite'], { cwd: directory });
});
afterAll(() => removeDirectory(directory));

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

/** Packages by their names, and our own rooms below `dist/`, of one thread. */
interface Loaded {
  readonly packages: readonly string[];
  readonly rooms: readonly string[];
}

/** Of each thread that a command had. */
async function loadedBy(command: string): Promise<readonly Loaded[]> {
  const report = await makeTemporaryDirectory();
  try {
    const args = command.split(' ').map((word) => (word === 'TINY' ? tiny : word));
    await runSweepProcess(args, { cwd: directory, environment: { NODE_V8_COVERAGE: report } });
    const threads = await readdir(report);
    return await Promise.all(
      threads.map(async (file) => {
        const { result } = JSON.parse(await readFile(join(report, file), 'utf8')) as Coverage;
        const found = (pattern: RegExp): readonly string[] =>
          [...new Set(result.flatMap(({ url }) => pattern.exec(url)?.[1] ?? []))].sort();
        return {
          packages: found(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/),
          rooms: found(/^(?!.*\/node_modules\/).*\/dist\/(.+)\/[^/]+$/),
        };
      }),
    );
  } finally {
    await removeDirectory(report);
  }
}

async function loadedByMainThread(command: string): Promise<Loaded> {
  const threads = await loadedBy(command);
  expect(threads).toHaveLength(1);
  return threads[0];
}

test.each([['--help'], ['--version'], ['help run'], ['plan --help'], ['run'], ['trials --state ended'], ['tranin']])(
  '`sweep %s` loads the declarations of the commands, and nothing of what they do',
  async (command) => {
    const { packages, rooms } = await loadedByMainThread(command);
    expect(packages).toEqual(['commander']);
    expect(rooms).toEqual([
      'src',
      'src/commands',
      'src/commands/declarations',
      'src/sweep',
      'src/sweep/dispatch',
      'src/sweep/specification',
    ]);
  },
);

test.each([['ls'], ['trials'], ['show tiny'], ['show tiny 1'], ['pareto'], ['sql --schema']])(
  '`sweep %s` loads SQL, and nothing that plans or runs',
  async (command) => {
    const { packages, rooms } = await loadedByMainThread(command);
    expect(packages).toEqual(['better-sqlite3', 'bindings', 'commander', 'file-uri-to-path', 'kysely']);
    expect(rooms.filter((room) => /^src\/(?:engines|tasks|dashboard|ode|sweep\/plan|training)/.test(room))).toEqual([]);
  },
);

describe('`sweep plan`', () => {
  test('loads no SQL where there is no database, and no engine but the one that the file names', async () => {
    const { packages, rooms } = await loadedByMainThread('plan TINY --db none.sqlite');
    expect(packages).toEqual(['commander', 'fastest-levenshtein', 'yaml', 'zod']);
    expect(rooms.filter((room) => /^src\/engines\/(?!auto|tfjs)/.test(room))).toEqual(['src/engines/kernels']);
    expect(rooms).not.toContain('db/sqlite');
  });
});

test('a run without a dashboard loads neither React nor an engine that no trial asks for, on no thread', async () => {
  const threads = await loadedBy('run TINY --plain --workers 1 --db new.sqlite');
  expect(threads.length).toBeGreaterThan(1);
  for (const { packages, rooms } of threads) {
    for (const none of ['ink', 'react']) expect(packages).not.toContain(none);
    for (const none of ['tensorflow', 'webgpu', 'reference']) expect(rooms).not.toContain(`src/engines/${none}`);
  }
});

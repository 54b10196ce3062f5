/** How many workers share a sweep, and in which order its trials end, changes no number. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { runSweepProcess, sweepFile } from '../commands/sweep-process.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';

/** Clocks and memory: all that may differ. */
const measured = /seconds|memory|_at$|^id$|attempt_id|trial_id|sweep_id|origin|host|pid/;

/** All rows of the views trials and epochs without the columns that measure time and memory. */
function numbers(path: string): unknown[] {
  const database = new Database(path, { readonly: true });
  try {
    return ['SELECT * FROM trials ORDER BY trial', 'SELECT * FROM epochs ORDER BY trial, epoch'].flatMap((query) =>
      (database.prepare(query).all() as Record<string, unknown>[]).map((row) =>
        Object.fromEntries(Object.entries(row).filter(([column]) => !measured.test(column))),
      ),
    );
  } finally {
    database.close();
  }
}

test('1, 2 and 4 workers give the same numbers and the same model files, bit for bit', async () => {
  await withTemporaryDirectory(async (directory) => {
    const results = await Promise.all(
      ['1', '2', '4'].map(async (workers) => {
        const folder = join(directory, workers);
        await mkdir(folder);
        const args = ['run', sweepFile('tiny.yaml'), 'repeats=2', 'stiffness_weight=0,0.01', '--workers', workers];
        const run = await runSweepProcess([...args, '--plain'], { cwd: folder });
        expect(run).toMatchObject({ code: 0, stderr: '' });
        const models = join(folder, 'sweeps.sqlite.models/tiny');
        const names = (await readdir(models)).sort();
        const files = await Promise.all(names.map((name) => readFile(join(models, name), 'base64')));
        return { numbers: numbers(join(folder, 'sweeps.sqlite')), names, files };
      }),
    );
    const [one, ...others] = results;
    expect(one.names).toHaveLength(16);
    expect(one.numbers).toHaveLength(16 + 32);
    expect(new Set(one.files).size).toBe(16);
    for (const other of others) expect(other).toEqual(one);
  });
});

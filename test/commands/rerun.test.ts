/** A completed trial computed once more. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { readModelFile, writeModelFile } from '../../src/sweep/model-file.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';
import { runSweepProcess, sweepFile } from './sweep-process.js';

const quick = ['rtol=1e-3', '--plain'];

test('has the same bits, says so, and changes nothing that is stored', async () => {
  await withTemporaryDirectory(async (cwd) => {
    await runSweepProcess(['run', sweepFile('tiny.yaml'), ...quick], { cwd });
    const before = await readFile(join(cwd, 'sweeps.sqlite'));
    const again = await runSweepProcess(['rerun', 'tiny', '1', '2'], { cwd });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    const lines = again.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    for (const [index, line] of lines.entries()) {
      expect(line).toMatch(new RegExp(`^#${index + 1}  same bits: results, \\d+ parameters \\(kernels f32, `));
    }
    expect(await readFile(join(cwd, 'sweeps.sqlite'))).toEqual(before);
  });
});

test('that comes out otherwise is told by what differs, with exit code 1', async () => {
  await withTemporaryDirectory(async (cwd) => {
    await runSweepProcess(['run', sweepFile('tiny.yaml'), ...quick], { cwd });
    const path = join(cwd, 'sweeps.sqlite.models/tiny/2.safetensors');
    const model = await readModelFile(path);
    await writeModelFile(path, { ...model, parameters: model.parameters.map((value, k) => (k < 3 ? -value : value)) });
    const again = await runSweepProcess(['rerun', 'tiny', '1', '2', '--json'], { cwd });
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject([
      { trial: 1, same: true, differences: {}, parameters: { different: 0 } },
      { trial: 2, same: false, differences: {}, parameters: { different: 3, compared: model.parameters.length } },
    ]);
  });
});

test('that let auto choose runs on the engine that was chosen then', async () => {
  await withTemporaryDirectory(async (cwd) => {
    await runSweepProcess(['run', sweepFile('tiny.yaml'), ...quick, 'engine=auto', 'dtype=f64'], { cwd });
    const database = new Database(join(cwd, 'sweeps.sqlite'));
    // As if auto had chosen otherwise, where the trial ran.
    database.exec("DROP TRIGGER ended_attempt_is_not_updated; UPDATE attempt SET engine = 'reference'");
    database.close();
    const again = await runSweepProcess(['rerun', 'tiny', '1'], { cwd });
    expect(again.stdout).toContain('(reference f64, ');
  });
});

test('that never completed is refused', async () => {
  await withTemporaryDirectory(async (cwd) => {
    await runSweepProcess(['run', sweepFile('tiny.yaml'), ...quick, 'max_steps=1'], { cwd });
    const again = await runSweepProcess(['rerun', 'tiny', '1'], { cwd });
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('Trial #1 of tiny is failed: there is no result to compare with.');
  });
});

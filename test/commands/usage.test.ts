/** Mistakes on the command line, in sweep files and with databases: exit codes and what is said. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';
import { runSweepProcess, sweepFile } from './sweep-process.js';

const tiny = sweepFile('tiny.yaml');

let directory: string;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  await mkdir(join(directory, 'folder'));
  await writeFile(
    join(directory, 'garbage.sqlite'),
    'This is no database, but long enough to look like one. '.repeat(50),
  );
  const run = await runSweepProcess(['run', tiny, '--plain', '--db', 'newer.sqlite'], { cwd: directory });
  expect(run.code).toBe(0);
  const newer = new Database(join(directory, 'newer.sqlite'));
  newer.pragma('user_version = 999');
  newer.close();
  const files = {
    'no-yaml.yaml': 'task: [spiral-node',
    'empty.yaml': '',
    'list.yaml': '- spiral-node',
    'key.yaml': 'task: spiral-node\nparametres:\n  rtol: 1e-3',
    'parameter.yaml': 'task: spiral-node\nparameters:\n  rtool: 1e-3',
    'value.yaml': 'task: spiral-node\nparameters:\n  rtol: -1',
    'engine.yaml': 'task: spiral-node\nengine: foo',
    'task.yaml': 'task: spirl-node',
    'missing-module.yaml': 'task: ./missing.mjs',
    'broken-module.yaml': 'task: ./broken.mjs',
    'broken.mjs': 'export default {;',
    'wrong-export.yaml': 'task: ./wrong-export.mjs',
    'wrong-export.mjs': 'export default 7;',
    'throwing-module.yaml': 'task: ./throwing.mjs',
    'throwing.mjs': "throw new Error('this module cannot start');",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
});
afterAll(() => removeDirectory(directory));

const cases: readonly (readonly [command: string, code: number, said: readonly string[]])[] = [
  ['tranin', 2, ["unknown command 'tranin'"]],
  ['ls --jsn', 2, ["unknown option '--jsn'", 'Did you mean --json?']],
  ['run', 2, ["missing required argument 'file'"]],
  ['run nowhere.yaml', 2, ['nowhere.yaml', 'cannot be read']],
  ['run folder', 2, ['folder', 'cannot be read']],
  ['run no-yaml.yaml', 2, ['no-yaml.yaml:1']],
  ['run empty.yaml', 2, ['this one is empty', '`task: `']],
  ['run list.yaml', 2, ['list.yaml:1']],
  ['run key.yaml', 2, ['key.yaml:2:1', 'Did you mean "parameters"?']],
  ['run parameter.yaml', 2, ['parameter.yaml:3', 'Did you mean "rtol"?']],
  ['run value.yaml', 2, ['value.yaml:3:9', 'not -1']],
  ['run engine.yaml', 2, ['engine.yaml:2:9', 'kernels']],
  ['run task.yaml', 2, ['spirl-node', 'spiral-node']],
  ['run missing-module.yaml', 2, ['missing.mjs']],
  ['run broken-module.yaml', 2, ['broken.mjs', 'SyntaxError']],
  ['run wrong-export.yaml', 2, ['wrong-export.mjs', 'export default defineTask']],
  ['run throwing-module.yaml', 2, ['throwing.mjs', 'this module cannot start']],
  ['run TINY --engine foo', 2, ['engine=foo', 'kernels']],
  ['run TINY engine=reference', 2, ['reference', 'f64', 'f32']],
  [
    'run TINY solver=euler',
    2,
    ['4 of 4 cells cannot run', 'no error estimate', 'Set controller to constant', '`where`'],
  ],
  ['plan TINY adjoint=backsolve error_weight=0,1', 2, ['2 of 4 cells cannot run', 'error_weight']],
  ['run TINY --workers 0', 2, ['--workers', 'at least 1']],
  ['run TINY rtol', 2, ['`rtol`', 'key=value']],
  ['run TINY rtool=1', 2, ['Did you mean "rtol"?']],
  ['run TINY --db folder', 3, ['folder', 'directory']],
  ['run TINY --db garbage.sqlite', 3, ['garbage.sqlite', 'not a SQLite database']],
  ['run TINY --db newer.sqlite', 3, ['newer.sqlite', '999']],
  ['run TINY --db nowhere/a.sqlite', 3, ['nowhere']],
  ['ls --db folder', 3, ['folder', 'directory']],
  ['ls --db garbage.sqlite', 3, ['garbage.sqlite', 'not a SQLite database']],
  ['ls --db newer.sqlite', 3, ['newer.sqlite', '999']],
  ['ls --db nowhere.sqlite', 3, ['nowhere.sqlite']],
  ['show tiny x', 2, ['at least 1']],
  ['trials --state ended', 2, ['Allowed choices are', 'completed']],
];

test.each(cases)('`sweep %s` exits with %i and says what is wrong', async (command, code, said) => {
  const args = command.split(' ').map((word) => (word === 'TINY' ? tiny : word));
  const ended = await runSweepProcess(args, { cwd: directory });
  expect(ended).toMatchObject({ code, signal: null, stdout: '' });
  for (const words of said) expect(ended.stderr).toContain(words);
  // Neither a stack nor the excuse for one: all of these are mistakes that the user can mend.
  expect(ended.stderr).not.toMatch(/^ +at |bug of paretode/m);
});

test('a sweep or trial that is not there is told with what there is', async () => {
  const environment = { SWEEP_DB: join(directory, 'known.sqlite') };
  await runSweepProcess(['run', tiny, '--plain'], { environment });
  const sweep = await runSweepProcess(['trials', 'tini'], { environment });
  expect(sweep.code).toBe(2);
  expect(sweep.stderr).toContain('tiny');
  const trial = await runSweepProcess(['show', 'tiny', '9'], { environment });
  expect(trial.code).toBe(2);
  expect(trial.stderr).toContain('its trials are 1 to 4');
});

describe('the bin itself', () => {
  test.each([['--help'], ['help'], ['run --help'], ['--version']])('`sweep %s` exits with 0', async (command) => {
    const ended = await runSweepProcess(command.split(' '));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).not.toBe('');
  });
});

/** Trained models of a sweep solved again. One sweep of four models serves all tests, each by settings of its own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReader, openStore } from '../../db/index.js';
import type { ParameterValues } from '../../src/training/trial.js';
import { runSweepProcess, startSweepProcess, sweepFile, type Ended } from './sweep-process.js';

interface Evaluated {
  readonly evaluations: readonly {
    readonly trial: number;
    readonly setting: { readonly changed: ParameterValues };
    readonly end: { readonly result?: { readonly nfe: number; readonly loss: number } };
  }[];
  readonly left: number;
  readonly frontier: readonly { readonly source: string }[];
}

let cwd = '';

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'sweep-evaluate-'));
  expect(await runSweepProcess(['run', sweepFile('tiny.yaml'), 'trial.timeout=1h', '--plain'], { cwd })).toMatchObject({
    code: 0,
  });
}, 30_000);

afterAll(() => rm(cwd, { recursive: true, force: true }));

const sweep = (...args: readonly string[]): Promise<Ended> => runSweepProcess(args, { cwd });
const documentOf = ({ stdout }: Ended): Evaluated => JSON.parse(stdout) as Evaluated;

test('models are solved by every combination once; those solved as they were trained have the same bits', async () => {
  const asked = ['evaluate', 'tiny', 'rtol=1e-2,1e-4', 'solver=tsit5,bosh3'];
  const first = await sweep(...asked, '--json', '--workers', '2');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const { evaluations, left, frontier } = documentOf(first);
  expect([evaluations.length, left]).toEqual([16, 0]);
  const ofSecond = evaluations.filter(({ trial }) => trial === 2).map(({ setting }) => setting.changed);
  expect(ofSecond).toEqual([{ rtol: 1e-2 }, { rtol: 1e-2, solver: 'bosh3' }, {}, { solver: 'bosh3' }]);
  expect(frontier.map(({ source }) => source)).toContain('evaluated');

  const reader = await openReader(join(cwd, 'sweeps.sqlite'));
  const trials = await reader.trials('tiny');
  await reader.close();
  const unchanged = evaluations.filter(({ setting }) => Object.keys(setting.changed).length === 0);
  expect(unchanged.map(({ trial }) => trial)).toEqual([2, 4]);
  for (const { trial, end } of unchanged) expect(trials[trial - 1].result).toMatchObject(pick(end.result));

  const again = await sweep(...asked, '--json');
  expect(documentOf(again).evaluations).toEqual(evaluations);

  expect((await sweep('show', 'tiny', '2')).stdout).toMatch(/Evaluations:\n.*\n +#2 {2}rtol=0\.01 /);
  expect((await sweep('pareto', 'tiny')).stdout).not.toContain('evaluated');
  const together = await sweep('pareto', 'tiny', '--evaluated', '--seeds', 'aggregate');
  expect(together.stdout).toContain('evaluated rtol=0.01 solver=bosh3');
});

function pick(result: { readonly nfe: number; readonly loss: number } | undefined) {
  return { nfe: result?.nfe, loss: result?.loss };
}

test('what cannot be solved is recorded with its reason and ends with code 1; a file that is back is tried again', async () => {
  const models = join(cwd, 'sweeps.sqlite.models/tiny');
  const [first, second, third] = ['1', '2', '3'].map((number) => join(models, `${number}.safetensors`));
  const [keptFirst, keptSecond] = await Promise.all([readFile(first), readFile(second)]);
  await rm(first);
  await writeFile(second, await readFile(third));
  const broken = await sweep('evaluate', 'tiny', 'rtol=1e-5');
  expect(broken.code).toBe(1);
  expect(broken.stdout).toContain('4 evaluations of tiny: 2 solved, 2 not solved');
  expect(broken.stdout).toMatch(/#1 .* failed: database: The trained model .*1\.safetensors cannot be read/);
  expect(broken.stdout).toMatch(/#2 .* failed: database: .* is of another cell than its trial/);

  await writeFile(first, keptFirst);
  await writeFile(second, keptSecond);
  const mended = await sweep('evaluate', 'tiny', 'rtol=1e-5');
  expect(mended.code).toBe(0);
  expect(mended.stdout).toMatch(/^Solving 2 evaluations, \d at a time, at most 1h 00m each\n/);
  expect(mended.stdout).toContain('4 evaluations of tiny: 4 solved, 2 of them before');

  const early = await sweep('evaluate', 'tiny', 'max_steps=1', '--trials', '4', '--json');
  expect(early.code).toBe(1);
  expect(documentOf(early).evaluations).toMatchObject([{ end: { state: 'unsolved', reason: { code: 'max_steps' } } }]);
});

test('an evaluation beyond its time limit fails with that reason, the rest goes on; asked for again, it is tried again', async () => {
  // The start of a thread alone takes longer: the first evaluation is too late whatever the machine.
  const asked = ['evaluate', 'tiny', 'rtol=2e-5', '--workers', '1', '--json'];
  const late = await sweep(...asked, '--timeout', '1ms');
  expect(late.code).toBe(1);
  const { evaluations, left } = documentOf(late);
  expect([evaluations.length, left]).toEqual([4, 0]);
  expect(evaluations[0].end).toMatchObject({
    state: 'failed',
    reason: { code: 'timeout', message: 'It ran longer than its limit of 0.001 s.' },
  });
  expect((await sweep(...asked)).code).toBe(0);
  expect((await sweep(...asked, '--timeout', 'soon')).stderr).toContain('a length of time');
});

test('a task that is not there, and a database that a run holds, are refused before anything is solved', async () => {
  const gone = await sweep('evaluate', 'tiny', 'rtol=0.1', '--task', './gone.mjs');
  expect([gone.code, gone.stdout, gone.stderr]).toEqual([2, '', expect.stringContaining('There is no task module')]);
  const store = await openStore(join(cwd, 'sweeps.sqlite'));
  try {
    const held = await sweep('evaluate', 'tiny', 'rtol=0.1');
    expect([held.code, held.stderr]).toEqual([3, expect.stringContaining('only one process can write it at a time')]);
  } finally {
    await store.close();
  }
});

test('Ctrl-C keeps what is done, and the same command goes on', async () => {
  const args = ['evaluate', 'tiny', 'rtol=log_grid(1e-6,1e-2,61)', '--workers', '1', '--where', 'rtol == 1e-3'];
  const process = startSweepProcess(args, { cwd });
  await process.until(({ stdout }) => stdout.includes('[  3/'));
  process.kill('SIGINT');
  const stopped = await process.ended;
  expect(stopped.code).toBe(130);
  const [, solved, left] = /: (\d+) solved, (?:\d+ of them before, )?(\d+) left/.exec(stopped.stdout) ?? [];
  expect(Number(solved)).toBeGreaterThanOrEqual(3);
  expect(Number(solved) + Number(left)).toBe(122);
  const resumed = await sweep(...args);
  expect(resumed.code).toBe(0);
  expect(resumed.stdout).toContain(`122 solved, ${solved} of them before`);
});

/** A task whose field is a tfjs function, from the sweep file to the database. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openReader } from '../../db/index.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';
import { withTensorflow, withWebgpu } from '../engines/fixtures.js';
import { runSweepProcess, sweepFile, type Ended } from './sweep-process.js';

const file = sweepFile('tfjs-spiral.yaml');

/** Runs a sweep; its trials in the order of its cells. */
async function swept(args: readonly string[]) {
  return withTemporaryDirectory(async (directory) => {
    const database = join(directory, 'sweeps.sqlite');
    const run: Ended = await runSweepProcess(['run', ...args, '--plain', '--db', database]);
    const reader = await openReader(database);
    try {
      const [sweep] = await reader.sweeps();
      return { run, trials: await reader.trials(sweep.name) };
    } finally {
      await reader.close();
    }
  });
}

test.skipIf(!withTensorflow)('trains to the numbers of the same net as layers, but for rounding', async () => {
  const byTfjs = await swept([file]);
  const byLayers = await swept([sweepFile('tiny.yaml'), 'engine=tensorflow', 'rtol=1e-3']);
  expect(byTfjs.run).toMatchObject({ code: 0, stderr: '' });
  expect(byTfjs.trials).toHaveLength(2);
  byTfjs.trials.forEach(({ state, result }, i) => {
    const other = byLayers.trials[i].result;
    if (state !== 'completed' || result === null || other === null) throw new Error('A trial did not complete.');
    expect(result.nfe).toBe(other.nfe);
    expect(result.loss / other.loss).toBeCloseTo(1, 2);
    expect((result.trainLoss ?? NaN) / (other.trainLoss ?? NaN)).toBeCloseTo(1, 3);
  });
});

test.skipIf(!withWebgpu)('trains in a worker thread on webgpu, to the numbers of layers on the kernels', async () => {
  // A product of two matrices by tfjs takes a software GPU 10 ms.
  const small = ['error_weight=0', 'hidden=4', 'epochs=1', 'trajectories=4', 'test_trajectories=2', 'rtol=0.1'];
  const byTfjs = await swept([file, ...small, 'engine=webgpu']);
  const byLayers = await swept([sweepFile('tiny.yaml'), ...small, 'engine=kernels']);
  expect(byTfjs.run).toMatchObject({ code: 0, stderr: '' });
  const [trial] = byTfjs.trials;
  expect(trial).toMatchObject({ state: 'completed', environment: { engine: 'webgpu' } });
  expect(Number(trial.result?.loss) / Number(byLayers.trials[0].result?.loss)).toBeCloseTo(1, 3);
});

test.skipIf(!withTensorflow)('fails the trials whose field is wrong, with its name and what to do', async () => {
  const { run, trials } = await swept([file, 'mistake=none,shape,throws', 'error_weight=0']);
  expect(run.code).toBe(1);
  expect(trials.map(({ state }) => state).sort()).toEqual(['completed', 'failed', 'failed']);
  const reasons = new Map(trials.map(({ cell, reason }) => [cell.parameters.mistake, reason]));
  expect(reasons.get('shape')).toMatchObject({
    code: 'usage',
    message: 'The tfjs field "spiral by tfjs" returned a tensor of shape [].',
    detail: 'dy/dt must be shaped like y: here [16, 2].',
  });
  expect(reasons.get('throws')?.message).toBe('The tfjs field "spiral by tfjs" threw: no such weight.');
  expect(reasons.get('throws')?.detail).toMatch(/tfjs-spiral\.mjs:9:\d+/);
});

test.each([
  ['engine=kernels', "This model's field is a tfjs function, which the engine kernels does not run.", 'tensorflow'],
  ['taylor_weight=0.1', 'taylor_weight must be 0', 'Set taylor_weight to 0, or declare the field as layers.'],
])('refuses %s before anything runs', async (override, message, hint) => {
  const run = await runSweepProcess(['plan', file, override]);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain(`2 of 2 cells cannot run: ${message}`);
  expect(run.stderr).toContain(hint);
});

test.skipIf(!withTensorflow)('engine auto takes the engine that runs it, and says why', async () => {
  const { run, trials } = await swept([file, 'engine=auto', 'error_weight=0', 'epochs=1']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(trials[0].environment).toMatchObject({
    engine: 'tensorflow',
    choices: { engine: "tensorflow; the model's field is a tfjs function" },
  });
});

test.skipIf(!withTensorflow)('the shipped example trains', async () => {
  const example = fileURLToPath(new URL('../../sweeps/gated-spiral.yaml', import.meta.url));
  const { run, trials } = await swept([example, 'epochs=3', 'rtol=1e-3']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  for (const { result } of trials) expect(result?.loss).toBeLessThan(1);
});

/** The shipped sweeps, shortened for a software GPU, on the engine webgpu: their figures are those of the kernels. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSweepProcess } from '../commands/sweep-process.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';
import { withWebgpu } from '../engines/fixtures.js';

let directory: string;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
});
afterAll(() => removeDirectory(directory));

interface Listed {
  readonly trials: readonly { readonly id: number; readonly result: { readonly nfe: number; readonly loss: number } }[];
}

async function results(name: string, engine: string, overrides: readonly string[]): Promise<Listed['trials']> {
  const file = fileURLToPath(new URL(`../../sweeps/${name}.yaml`, import.meta.url));
  const database = ['--db', join(directory, `${name}-${engine}.sqlite`)];
  const run = await runSweepProcess([
    'run',
    file,
    '--engine',
    engine,
    '--workers',
    '1',
    '--plain',
    ...database,
    ...overrides,
  ]);
  expect([run.code, run.stderr]).toEqual([0, '']);
  const { stdout } = await runSweepProcess(['trials', name, '--json', ...database]);
  return [...(JSON.parse(stdout) as Listed).trials].sort((a, b) => a.id - b.id);
}

describe.skipIf(!withWebgpu)('a shipped sweep on the webgpu engine', () => {
  it.each([
    // Without its regulariser, whose estimates at this tolerance are rounding in f32 at first: two engines then part.
    ['quickstart', ['error_weight=0', 'rtol=1e-3', 'epochs=2', 'repeats=1'], 0.01],
    [
      'mnist-node',
      ['error_weight=0', 'rtol=1e-2', 'epochs=1', 'train_examples=32', 'test_examples=16', 'batch_size=16'],
      1e-4,
    ],
  ] as const)('%s has the NFE and the losses of the kernels', async (name, overrides, slack) => {
    const [webgpu, kernels] = [await results(name, 'webgpu', overrides), await results(name, 'kernels', overrides)];
    expect(webgpu.length).toBeGreaterThan(0);
    expect(webgpu).toHaveLength(kernels.length);
    webgpu.forEach(({ result }, i) => {
      expect(Math.abs(result.loss / kernels[i].result.loss - 1)).toBeLessThan(slack);
      expect(Math.abs(result.nfe / kernels[i].result.nfe - 1)).toBeLessThan(0.1);
    });
  });
});

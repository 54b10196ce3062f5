import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chain } from '../../src/engines/layer.js';
import { createTensorflowEngine, type TensorflowEngine } from '../../src/engines/tensorflow/engine.js';
import { loadTensorflow } from '../../src/engines/tensorflow/load.js';
import { gradient, type GradientOptions } from '../../src/library/gradient.js';
import { startSweepProcess, sweepFile } from '../commands/sweep-process.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';
import { withTensorflow } from './fixtures.js';
import { noise, tensorOf } from './tensors.js';

const hint = 'Run `npm run setup:tensorflow`.';

let directory: string;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
});
afterAll(() => removeDirectory(directory));

/** A folder in which a package of TensorFlow's name is installed, with this code. */
async function installed(folder: string, code: string): Promise<string> {
  const path = join(directory, folder, 'node_modules/@tensorflow/tfjs-node/index.js');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, code);
  return join(directory, folder);
}

describe('the door to TensorFlow', () => {
  it('says how to install it where it is not', async () => {
    await expect(loadTensorflow([join(directory, 'nowhere')])).rejects.toMatchObject({ code: 'environment', hint });
  });

  it('tells why an installed one does not load, and where it lies', async () => {
    const folder = await installed('broken', 'throw new Error("libtensorflow.so.2 is missing\\nand more");');
    const refused = loadTensorflow([join(directory, 'nowhere'), folder]);
    await expect(refused).rejects.toMatchObject({ code: 'environment', hint });
    await expect(refused).rejects.toThrow(`${folder} does not load: libtensorflow.so.2 is missing`);
  });

  it('refuses to compute on the backend that tfjs takes where TensorFlow does not start', async () => {
    const code = 'module.exports = { setBackend: async () => false, getBackend: () => "cpu", backend: () => ({}) };';
    const refused = loadTensorflow([await installed('fallen-back', code)]);
    await expect(refused).rejects.toThrow('did not start; tfjs would compute on its backend "cpu"');
  });
});

const field: Chain = {
  inputs: 3,
  outputs: 3,
  layers: [
    { kind: 'power', exponent: 3 },
    { kind: 'concat-time', inputs: 3 },
    { kind: 'dense', inputs: 4, outputs: 5 },
    { kind: 'tanh' },
    { kind: 'dense', inputs: 5, outputs: 3 },
    { kind: 'sigmoid' },
  ],
  parameterCount: 25 + 18,
};

describe.skipIf(!withTensorflow)('the tensorflow engine', () => {
  it('names the versions of its package and of the library below', async () => {
    const engine = await createTensorflowEngine();
    const version = expect.stringMatching(/^\d+\.\d+\.\d+/) as string;
    expect(engine.packages).toEqual({ '@tensorflow/tfjs-node': version, libtensorflow: version });
    expect(engine.device).toContain(engine.packages['@tensorflow/tfjs-node']);
    engine.dispose();
  });

  /** Calls everything once that makes native tensors. */
  function stepper(engine: TensorflowEngine): (t: number) => void {
    const parameters = engine.createParameters(noise(1, field.parameterCount, 1));
    const model = engine.compile(field, parameters, 0);
    const kept = model.createActivations(4);
    const [x, y, k, bar, yBar, m, v] = [12, 12, 12, 12, 12, 43, 43].map((count, seed) =>
      count === 12 ? tensorOf(engine, 4, 3, noise(seed, 12, 1)) : engine.allocate(1, count),
    );
    const labels = engine.allocate(4, 1);
    return (t) => {
      model.evaluate(t, x, k, kept);
      model.evaluate(t, x, y);
      model.pullback(t, x, k, kept, yBar, bar);
      model.pullbackInput(t, x, k, kept, yBar, bar);
      model.pushforward(t, x, k, kept, 1, x, y);
      engine.combine(y, x, 0.5, [1, 0, -0.25], [k, k, bar]);
      engine.multiply(y, y, 0.5, x, y);
      const step = { y0: x, y1: y, h: 0.5, weights: [0.5, -1], stages: [k, yBar], atol: 1e-3, rtol: 1e-3 };
      engine.errorNormPullback(step, engine.errorNorm(step), 1, bar, k, y);
      engine.scaledRms(x, y, k, step);
      engine.rmsDifference(x, y);
      engine.copyRow(y, 0, x, 1);
      engine.addEntry(y, 3, 1);
      engine.copyColumns(y, 0, k, 1, 2);
      engine.softmaxCrossEntropy(y, labels, bar);
      engine.adamUpdate(parameters, m, v, {
        learningRate: 0.01,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        iteration: 1,
      });
    };
  }

  it('holds as many native tensors after a thousand steps as after one', async () => {
    const engine = await createTensorflowEngine();
    const step = stepper(engine);
    step(0);
    const settled = engine.liveHandles;
    for (let i = 1; i <= 1000; i++) step(i / 1000);
    expect(engine.liveHandles).toBe(settled);
  });

  it('releases every native tensor when it is disposed', async () => {
    const before = (await createTensorflowEngine()).liveHandles;
    const engine = await createTensorflowEngine();
    stepper(engine)(0.5);
    expect(engine.liveHandles).toBeGreaterThan(before);
    engine.dispose();
    expect(engine.liveHandles).toBe(before);
  });

  it('keeps what a chain added to the gradient when the chain is disposed before anybody looks', async () => {
    const engine = await createTensorflowEngine();
    const parameters = engine.createParameters(noise(1, 43, 1));
    const model = engine.compile(field, parameters, 0);
    const [x, y] = [tensorOf(engine, 2, 3, noise(2, 6, 1)), engine.allocate(2, 3)];
    const kept = model.createActivations(2);
    model.evaluate(0.5, x, y, kept);
    model.pullback(0.5, x, y, kept, x, null);
    model.dispose();
    expect(engine.read(parameters.gradient).filter((entry) => entry !== 0)).toHaveLength(43);
  });

  it('has the same gradient through an adaptive solve as the kernels in f64, regularisers included', async () => {
    const options: GradientOptions = {
      field,
      parameters: noise(5, 43, 0.5),
      y0: [
        [0.5, -0.25, 1],
        [1, 0.5, -1],
      ],
      t1: 1,
      // At 1e-4 the first step's error is rounding in f32, and with it the second step's size.
      rtol: 1e-3,
      errorWeight: 10,
      stiffnessWeight: 0.1,
      loss: ({ y1 }) => ({ loss: y1.reduce((sum, y) => sum + y * y, 0), y1Bar: y1.map((y) => 2 * y) }),
    };
    const [exact, tensorflow] = await Promise.all([
      gradient(options),
      gradient({ ...options, engine: 'tensorflow', dtype: 'f32' }),
    ]);
    if (exact.state !== 'success' || tensorflow.state !== 'success') throw new Error('A solve stopped early.');
    expect(tensorflow.statistics).toEqual(exact.statistics);
    expect(tensorflow.loss).toBeCloseTo(exact.loss, 4);
    const largest = exact.parameters.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
    exact.parameters.forEach((entry, i) => {
      expect(Math.abs(entry - tensorflow.parameters[i])).toBeLessThan(4e-4 * largest);
    });
  });

  it('trains a sweep on several worker threads', async () => {
    const database = join(directory, 'workers.sqlite');
    const args = [
      'run',
      sweepFile('tiny.yaml'),
      '--engine',
      'tensorflow',
      '--workers',
      '3',
      '--plain',
      '--db',
      database,
    ];
    const { code, stdout, stderr } = await startSweepProcess(args).ended;
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.match(/completed/g)?.length).toBeGreaterThanOrEqual(4);
  });
});

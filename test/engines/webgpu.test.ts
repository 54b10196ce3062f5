import manifest from '#package.json' with { type: 'json' };
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Chain } from '../../src/engines/layer.js';
import { useBackend } from '../../src/engines/tfjs/bridge.js';
import { createWebgpuEngine, type WebgpuEngine } from '../../src/engines/webgpu/engine.js';
import { loadDawn } from '../../src/engines/webgpu/load.js';
import { loadTfjs } from '../../src/engines/webgpu/load-tfjs.js';
import { gradient, type GradientOptions } from '../../src/library/gradient.js';
import { createDispatcher } from '../../src/sweep/dispatch/create-dispatcher.js';
import type { Dispatcher, DispatcherOptions } from '../../src/sweep/dispatch/dispatcher.js';
import type { ParameterValues, TrialOutcome } from '../../src/training/trial.js';
import { runSweepProcess, sweepFile } from '../commands/sweep-process.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';
import { withTensorflow, withWebgpu } from './fixtures.js';
import { noise, tensorOf } from './tensors.js';

let directory: string;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
});
afterAll(() => removeDirectory(directory));

/** Runs a module in a process of its own; its output and its errors together. */
async function runModule(
  code: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly signal: string | null; readonly output: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [exit, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code: exit, signal, output };
}

const builtEngine = new URL('../../dist/src/engines/webgpu/engine.js', import.meta.url).href;
const builtEngines = new URL('../../dist/src/engines/index.js', import.meta.url).href;

describe('the door to Dawn', () => {
  it('says how to install the package where it is not', async () => {
    await expect(loadDawn(join(directory, 'nowhere'))).rejects.toMatchObject({
      code: 'environment',
      message: 'The engine webgpu needs the package webgpu, which is not installed.',
      hint: expect.stringContaining('npm install webgpu') as string,
    });
  });

  it('tells why an installed package does not load', async () => {
    const path = join(directory, 'broken/node_modules/webgpu/index.js');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'throw new Error("dawn.node: wrong ELF class\\nand more");');
    const refused = loadDawn(join(directory, 'broken'));
    await expect(refused).rejects.toMatchObject({ code: 'environment' });
    await expect(refused).rejects.toThrow(/does not load: dawn\.node: wrong ELF class$/);
  });
});

describe('the door to tfjs', () => {
  it('says how to install what is missing, in the versions of package.json', () => {
    const { '@tensorflow/tfjs': tfjs, '@tensorflow/tfjs-backend-webgpu': backend } = manifest.peerDependencies;
    expect(() => loadTfjs(join(directory, 'nowhere'))).toThrow(
      expect.objectContaining({
        code: 'environment',
        message: 'A field of tfjs functions on the engine webgpu needs @tensorflow/tfjs, which is not installed.',
        hint: expect.stringContaining(
          `npm install @tensorflow/tfjs@${tfjs} @tensorflow/tfjs-backend-webgpu@${backend}`,
        ) as string,
      }),
    );
  });

  it('tells why an installed package does not load', async () => {
    for (const name of ['tfjs', 'tfjs-backend-webgpu']) {
      const path = join(directory, `broken-tfjs/node_modules/@tensorflow/${name}/index.js`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'throw new Error("Cannot find module long\\nand more");');
    }
    expect(() => loadTfjs(join(directory, 'broken-tfjs'))).toThrow(/does not load: Cannot find module long$/);
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

/** Creates what a step needs and returns the step: every operation of the engine once. */
function stepper(engine: WebgpuEngine): (t: number) => Promise<void> {
  const parameters = engine.createParameters(noise(1, field.parameterCount, 1));
  const model = engine.compile(field, parameters, 0);
  const kept = model.createActivations(4);
  const [x, y, k, bar, yBar, m, v] = [12, 12, 12, 12, 12, 43, 43].map((count, seed) =>
    count === 12 ? tensorOf(engine, 4, 3, noise(seed, 12, 1)) : engine.allocate(1, count),
  );
  const labels = engine.allocate(4, 1);
  return async (t) => {
    model.evaluate(t, x, k, kept);
    model.evaluate(t, x, y);
    model.pullback(t, x, k, kept, yBar, bar);
    model.pullbackInput(t, x, k, kept, yBar, bar);
    model.pushforward(t, x, k, kept, 1, x, y);
    engine.combine(y, x, 0.5, [1, 0, -0.25], [k, k, bar]);
    engine.multiply(y, y, 0.5, x, y);
    const step = { y0: x, y1: y, h: 0.5, weights: [0.5, -1], stages: [k, yBar], atol: 1e-3, rtol: 1e-3 };
    engine.errorNormPullback(step, await engine.errorNorm(step), 1, bar, k, y);
    engine.copyRow(y, 0, x, 1);
    engine.addEntry(y, 3, 1);
    engine.copyColumns(y, 0, k, 1, 2);
    const settings = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, iteration: 1 };
    engine.adamUpdate(parameters, m, v, settings);
    await Promise.all([engine.softmaxCrossEntropy(y, labels, bar), engine.rmsDifference(x, y), engine.read(y)]);
  };
}

describe.skipIf(!withWebgpu)('the webgpu engine', () => {
  it('says what it computes on, and of a software GPU that it is one', async () => {
    const engine = await createWebgpuEngine();
    expect(engine.device).toMatch(/\(Dawn in webgpu \d+\.\d+\.\d+\)$/);
    expect(engine.device).toContain(`webgpu ${engine.packages.webgpu})`);
    expect(engine.device.includes('a software GPU')).toBe(engine.gpu.adapterInfo.isFallbackAdapter);
    engine.dispose();
  });

  it('holds as many buffers and bytes after a thousand steps as after two', async () => {
    const engine = await createWebgpuEngine();
    const everything = stepper(engine);
    const model = engine.compile(field, engine.createParameters(noise(1, 43, 1)), 0);
    const [y0, y1, k] = [1, 2, 3].map((seed) => tensorOf(engine, 4, 3, noise(seed, 12, 1)));
    const step = async (t: number): Promise<void> => {
      model.evaluate(t, y0, k);
      engine.combine(y1, y0, 0.5, [1], [k]);
      await engine.errorNorm({ y0, y1, h: 0.5, weights: [0.5], stages: [k], atol: 1e-3, rtol: 1e-3 });
    };
    for (const t of [0, 0.5]) await Promise.all([everything(t), step(t)]);
    const settled = [engine.bufferCount, engine.memoryBytes];
    for (let i = 1; i <= 1000; i++) await (i % 20 === 0 ? everything(i / 1000) : step(i / 1000));
    expect([engine.bufferCount, engine.memoryBytes]).toEqual(settled);
    engine.dispose();
  });

  it('submits once for an attempted step: with its error norm', async () => {
    const engine = await createWebgpuEngine();
    const model = engine.compile(field, engine.createParameters(noise(1, 43, 1)), 0);
    const [x, y, ...stages] = [1, 2, 3, 4].map((seed) => tensorOf(engine, 4, 3, noise(seed, 12, 1)));
    await engine.read(y);
    const { queue } = engine.gpu.device;
    const submit = queue.submit.bind(queue);
    let submissions = 0;
    queue.submit = (commands) => {
      submissions += 1;
      submit(commands);
    };
    for (const stage of stages) {
      engine.combine(y, x, 0.5, [0.5, 0.25], [stages[0] === stage ? stages[1] : stages[0], x === stage ? y : x]);
      model.evaluate(0, y, stage);
    }
    await engine.errorNorm({ y0: x, y1: y, h: 0.5, weights: [1, -1], stages, atol: 1e-3, rtol: 1e-3 });
    expect(submissions).toBe(1);
    engine.dispose();
  });

  it('keeps every entry where its memory grows', async () => {
    const engine = await createWebgpuEngine();
    const kept = Array.from({ length: 40 }, (_, seed) => tensorOf(engine, 300, 100, noise(seed, 30_000, 1)));
    for (const [seed, tensor] of kept.entries()) expect(await engine.read(tensor)).toEqual(noise(seed, 30_000, 1));
    engine.dispose();
  });

  it('refuses at once what does not fit into the device, and goes on', async () => {
    const engine = await createWebgpuEngine();
    expect(() => engine.allocate(1_000_000, 1_000_000)).toThrow(/The GPU has no 3814697 MiB for this trial/);
    expect(await engine.read(tensorOf(engine, 1, 2, [1, 2]))).toEqual(Float64Array.of(1, 2));
    engine.dispose();
  });

  it('tells that the device was lost, to whoever waits and to whoever goes on', async () => {
    const engine = await createWebgpuEngine();
    const tensor = tensorOf(engine, 1, 2, [1, 2]);
    const waiting = engine.read(tensor);
    engine.gpu.device.destroy();
    const lost = { code: 'device_lost', message: expect.stringContaining('The GPU device was lost') as string };
    await expect(waiting).rejects.toMatchObject(lost);
    expect(() => engine.fill(tensor, 1)).toThrow('The GPU device was lost');
    expect(() => engine.read(tensor)).toThrow('The GPU device was lost');
    engine.dispose();
  });

  it('holds its device until nothing of it is left, and opens none once it should stop', async () => {
    const told: boolean[] = [];
    let stop = false;
    const hold = { tell: (held: boolean) => void told.push(held), shouldStop: () => stop };
    const engine = await createWebgpuEngine(hold);
    const tensor = tensorOf(engine, 1, 2, [1, 2]);
    stop = true;
    expect(() => engine.read(tensor)).toThrow('was stopped');
    engine.dispose();
    expect(told).toEqual([true]);
    await engine.gpu.device.lost;
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([true, false]);
    await expect(createWebgpuEngine(hold)).rejects.toThrow('was stopped');
    expect(told).toEqual([true, false, true, false]);
  });

  it('has the same solution and gradient through an adaptive solve as the kernels in f64, regularisers included', async () => {
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
    const exact = await gradient(options);
    const webgpu = await gradient({ ...options, engine: 'webgpu', dtype: 'f32' });
    if (exact.state !== 'success' || webgpu.state !== 'success') throw new Error('A solve stopped early.');
    expect(webgpu.statistics).toEqual(exact.statistics);
    expect(webgpu.loss).toBeCloseTo(exact.loss, 4);
    const largest = exact.parameters.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
    exact.parameters.forEach((entry, i) => {
      expect(Math.abs(entry - webgpu.parameters[i])).toBeLessThan(4e-4 * largest);
    });
  });

  it('gives the same bits in every run', async () => {
    const options: GradientOptions = {
      field,
      parameters: noise(5, 43, 0.5),
      y0: [[0.5, -0.25, 1]],
      t1: 1,
      engine: 'webgpu',
      dtype: 'f32',
      loss: ({ y1 }) => ({ loss: y1[0], y1Bar: y1 }),
    };
    expect(await gradient(options)).toEqual(await gradient(options));
  });

  it('gives each engine of a thread a tfjs backend of its own, and leaves the navigator as it was', async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    const engines = await Promise.all([createWebgpuEngine(), createWebgpuEngine()]);
    const tensors = engines.map((engine, i) => tensorOf(engine, 1, 2, [i, i + 1]));
    const [first, second] = engines.map(({ tfjs }) => tfjs);
    expect(Object.getOwnPropertyDescriptor(globalThis, 'navigator')).toEqual(before);
    expect(first.backend).not.toBe(second.backend);
    for (const round of [1, 2]) {
      for (const [i, { tfjs }] of engines.entries()) {
        useBackend(tfjs);
        tfjs.tf.tidy(() => tfjs.assign(tensors[i], tfjs.tf.mul(tfjs.view(tensors[i]), 2)));
        expect([...(await engines[i].read(tensors[i]))]).toEqual([i * 2 ** round, (i + 1) * 2 ** round]);
      }
      if (round === 1) continue;
      engines[0].dispose();
      expect(first.tf.getKernelsForBackend(first.backend)).toEqual([]);
      useBackend(second);
      second.tf.tidy(() => second.assign(tensors[1], second.tf.add(second.view(tensors[1]), second.tf.scalar(1))));
      expect([...(await engines[1].read(tensors[1]))]).toEqual([5, 9]);
      engines[1].dispose();
    }
  });

  it.runIf(withTensorflow)('shares a thread with TensorFlow without a word of either tfjs', async () => {
    for (const order of [
      ['tensorflow', 'webgpu'],
      ['webgpu', 'tensorflow'],
    ]) {
      const code = `
        const { createTfjsEngine } = await import(${JSON.stringify(builtEngines)});
        for (const name of ${JSON.stringify(order)}) {
          const engine = await createTfjsEngine(name, 'f32');
          engine.dispose();
        }
      `;
      expect(await runModule(code)).toEqual({ code: 0, signal: null, output: '' });
    }
  });

  it('lets the process end although nobody disposed the engine', async () => {
    const code = `
      const { createWebgpuEngine } = await import(${JSON.stringify(builtEngine)});
      globalThis.engine = await createWebgpuEngine();
      const tensor = engine.allocate(2, 2);
      engine.fill(tensor, 3);
      console.log((await engine.read(tensor)).join());
    `;
    expect(await runModule(code)).toEqual({ code: 0, signal: null, output: '3,3,3,3\n' });
  });

  it('says what to check where there is no GPU', async () => {
    const code = `
      const { createWebgpuEngine } = await import(${JSON.stringify(builtEngine)});
      await createWebgpuEngine().catch(({ code, message, hint }) => console.log(code, message, hint));
    `;
    const { output } = await runModule(code, { VK_ICD_FILENAMES: '/nowhere.json', VK_DRIVER_FILES: '/nowhere.json' });
    expect(output).toMatch(/^environment WebGPU finds no GPU on this machine\. Check the GPU's driver/m);
  });
});

const open: Dispatcher[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function dispatcher(options: DispatcherOptions): Dispatcher {
  const created = createDispatcher(options);
  open.push(created);
  return created;
}

describe.skipIf(!withWebgpu)('trials on the webgpu engine', { timeout: 120_000 }, () => {
  const run = (trials: Dispatcher, seed: number, parameters: ParameterValues = {}): Promise<TrialOutcome> =>
    trials.run(
      {
        task: 'spiral-node',
        sweepSeed: 0,
        parameters: {
          seed,
          engine: 'webgpu',
          dtype: 'f32',
          epochs: 2,
          trajectories: 8,
          test_trajectories: 4,
          times: 5,
          rtol: 1e-3,
          ...parameters,
        },
      },
      { onMessage: () => undefined },
    );

  it('fail with a reason where the device is lost in mid-trial, and leave the thread to the next', async () => {
    const workerFile = fileURLToPath(new URL('../fixtures/workers/lost-device.mjs', import.meta.url));
    const trials = dispatcher({ workers: 1, workerFile });
    expect(await run(trials, 1)).toMatchObject({
      state: 'failed',
      reason: {
        code: 'device_lost',
        message: expect.stringContaining('The GPU device was lost') as string,
        detail: expect.stringContaining('a new device') as string,
      },
    });
    expect(await run(trials, 2)).toMatchObject({ state: 'completed' });
  });

  it('can be stopped at any moment, however often threads start and stop', async () => {
    for (const milliseconds of [0, 10, 40, 100, 300, 1000]) {
      const trials = dispatcher({ workers: 2 });
      const endings = [1, 2, 3].map((seed) => run(trials, seed, { epochs: 10_000 }));
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      if (milliseconds % 3 === 0) trials.abort();
      else await trials.close();
      expect(await Promise.all(endings)).toEqual([1, 2, 3].map(() => ({ state: 'interrupted' })));
    }
  });

  it('train a sweep on several worker threads, with the losses of the kernels', async () => {
    const losses: number[][] = [];
    for (const engine of ['webgpu', 'kernels']) {
      const database = join(directory, `${engine}.sqlite`);
      const run = ['run', sweepFile('tiny.yaml'), '--engine', engine, '--workers', '3', '--plain', '--db', database];
      const { code, stderr } = await runSweepProcess(run);
      expect([code, stderr]).toEqual([0, '']);
      const { stdout } = await runSweepProcess(['trials', 'tiny', '--json', '--db', database]);
      const { trials } = JSON.parse(stdout) as {
        trials: { id: number; result: { loss: number } }[];
      };
      losses.push(trials.sort((a, b) => a.id - b.id).map(({ result }) => result.loss));
    }
    expect(losses[0]).toHaveLength(4);
    losses[0].forEach((loss, i) => expect(Math.abs(loss / losses[1][i] - 1)).toBeLessThan(0.01));
  });

  it('fail alone where one asks for more memory than the device has: the sweep goes on', async () => {
    const database = join(directory, 'wide.sqlite');
    const run = ['run', sweepFile('wide.yaml'), '--engine', 'webgpu', '--plain', '--db', database];
    const { code, stdout } = await runSweepProcess(run);
    expect(code).toBe(1);
    expect(stdout).toMatch(/#1 +failed .*width=131072/);
    expect(stdout).toMatch(/#2 +completed .*width=2/);
    expect(stdout).toContain('reason environment: The GPU has no');
  });
});

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dtype } from '../../src/engines/engine.js';
import type { Chain } from '../../src/engines/layer.js';
import { loadKernels } from '../../src/engines/kernels/calls.js';
import { createKernelsEngine, type KernelsEngine } from '../../src/engines/kernels/engine.js';
import { KernelMemory } from '../../src/engines/kernels/memory.js';
import { noise, tensorOf } from './tensors.js';

const field: Chain = {
  inputs: 11,
  outputs: 11,
  layers: [
    { kind: 'concat-time', inputs: 11 },
    { kind: 'dense', inputs: 12, outputs: 19 },
    { kind: 'tanh' },
    { kind: 'dense', inputs: 19, outputs: 11 },
    { kind: 'sigmoid' },
  ],
  parameterCount: 13 * 19 + 20 * 11,
};

/** Trains a small field for some updates and returns every byte that came out. */
function trainingHash(engine: KernelsEngine): string {
  const parameters = engine.createParameters(noise(1, field.parameterCount, 0.5));
  const model = engine.compile(field, parameters, 0);
  const [rows, columns] = [137, 11];
  const x = tensorOf(engine, rows, columns, noise(2, rows * columns, 2));
  const target = tensorOf(engine, rows, columns, noise(3, rows * columns, 1));
  const labels = tensorOf(
    engine,
    rows,
    1,
    Array.from({ length: rows }, (_, row) => row % columns),
  );
  const [y, z, bar, xBar] = [0, 1, 2, 3].map(() => engine.allocate(rows, columns));
  const [m, v, velocity] = [0, 1, 2].map(() => engine.allocate(1, parameters.count));
  const kept = model.createActivations(rows);
  const numbers: number[] = [];
  for (let iteration = 1; iteration <= 20; iteration++) {
    model.evaluate(iteration / 20, x, y, kept);
    engine.combine(z, x, 0.1, [1, 0.25], [y, target]);
    numbers.push(engine.meanSquaredError([y], [target], [bar]));
    model.pullback(iteration / 20, x, y, kept, bar, xBar);
    numbers.push(engine.softmaxCrossEntropy(y, labels, bar).loss);
    model.pullback(iteration / 20, x, y, kept, bar, xBar);
    const step = { y0: x, y1: z, h: 0.1, weights: [0.3, -0.2], stages: [y, target], atol: 1e-4, rtol: 1e-3 };
    numbers.push(engine.errorNorm(step), engine.scaledRms(y, target, x, step));
    engine.errorNormPullback(step, numbers[numbers.length - 2], 1, bar, xBar, z);
    engine.adamUpdate(parameters, m, v, { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, iteration });
    engine.momentumUpdate(parameters, velocity, { learningRate: 0.001, momentum: 0.9 });
  }
  const hash = createHash('sha256').update(new Float64Array(numbers));
  for (const tensor of [y, z, bar, xBar, m, v, velocity]) hash.update(engine.read(tensor));
  return hash.update(engine.readParameters(parameters)).digest('hex');
}

describe('the kernels engine', () => {
  const pinned: Readonly<Record<Dtype, string>> = {
    f32: '503472d744450a7453745b0824eb6881e1134c4e198644e29167d12425b753a6',
    f64: '9146a06e8e292546690d74253ba2449d85e89117f89b9afa9c04ad96fc0b4e5f',
  };

  it.each(['f32', 'f64'] as const)('gives the bits in %s that it gave on every machine before', async (dtype) => {
    expect(trainingHash(await createKernelsEngine({ dtype }))).toBe(pinned[dtype]);
  });

  it('gives the same bits in an engine whose memory is laid out otherwise', async () => {
    const engine = await createKernelsEngine({ dtype: 'f32' });
    const holes = Array.from({ length: 50 }, (_, i) => engine.allocate(1 + (i % 7), 1 + 97 * (i % 5)));
    holes.forEach((tensor, i) => {
      engine.fill(tensor, NaN);
      if (i % 2 === 0) engine.free(tensor);
    });
    expect(trainingHash(engine)).toBe(pinned.f32);
  });

  it.each(['f32', 'f64'] as const)(
    'gives a row of any narrow layer in %s the same bits whatever rows come with it, were they not numbers',
    async (dtype) => {
      const engine = await createKernelsEngine({ dtype });
      const [few, rows] = [[1, 2, 3, 4, 5, 6, 7, 8, 9], 9];
      for (const inputs of few) {
        for (const outputs of few) {
          const chain: Chain = {
            inputs,
            outputs,
            layers: [{ kind: 'dense', inputs, outputs }],
            parameterCount: (inputs + 1) * outputs,
          };
          const parameters = engine.createParameters(noise(1, chain.parameterCount, 1));
          const model = engine.compile(chain, parameters, 0);
          const kept = model.createActivations(rows);
          const [input, cotangent] = [noise(2, rows * inputs, 1), noise(3, rows * outputs, 1)];
          /** y and xBar of `count` rows from row `first` on. */
          const run = (first: number, count: number, all: Float64Array, bars: Float64Array): Float64Array[] => {
            const x = tensorOf(engine, count, inputs, all.subarray(first * inputs, (first + count) * inputs));
            const yBar = tensorOf(engine, count, outputs, bars.subarray(first * outputs, (first + count) * outputs));
            const [y, xBar] = [engine.allocate(count, outputs), engine.allocate(count, inputs)];
            model.evaluate(0, x, y, kept);
            model.pullbackInput(0, x, y, kept, yBar, xBar);
            const results = [engine.read(y), engine.read(xBar)];
            for (const tensor of [x, yBar, y, xBar]) engine.free(tensor);
            return results;
          };
          const whole = run(0, rows, input, cotangent);
          // Every other row not a number: the rest must not notice.
          const holed = run(
            0,
            rows,
            input.map((value, i) => (Math.floor(i / inputs) % 2 === 1 ? NaN : value)),
            cotangent.map((value, i) => (Math.floor(i / outputs) % 2 === 1 ? NaN : value)),
          );
          for (let row = 0; row < rows; row++) {
            const alone = run(row, 1, input, cotangent);
            for (const [which, width] of [outputs, inputs].entries()) {
              const expected = [...whole[which].subarray(row * width, (row + 1) * width)];
              expect([...alone[which]]).toEqual(expected);
              const beside = [...holed[which].subarray(row * width, (row + 1) * width)];
              expect(beside).toEqual(row % 2 === 0 ? expected : expected.map(() => NaN));
            }
          }
          for (const released of [kept, model, parameters]) released.dispose();
        }
      }
    },
  );

  it('does not grow over many cycles of allocating and freeing', async () => {
    const engine = await createKernelsEngine({ dtype: 'f32' });
    const sizes = [1, 300, 17, 2048, 5, 999];
    let settled = 0;
    for (let cycle = 0; cycle < 300; cycle++) {
      const tensors = sizes.map((columns) => engine.allocate(1 + (cycle % 3), columns));
      for (const tensor of cycle % 2 === 0 ? tensors : tensors.reverse()) engine.free(tensor);
      if (cycle === 2) settled = engine.memoryBytes;
    }
    expect(engine.memoryBytes).toBe(settled);
  });

  it('does not grow while a chain runs on smaller and smaller batches', async () => {
    const engine = await createKernelsEngine({ dtype: 'f64' });
    const parameters = engine.createParameters(noise(1, field.parameterCount, 1));
    const model = engine.compile(field, parameters, 0);
    const kept = model.createActivations(400);
    const run = (rows: number): void => {
      const [x, y, yBar] = [0, 1, 2].map(() => engine.allocate(rows, 11));
      model.evaluate(0, x, y, kept);
      model.pullback(0, x, y, kept, yBar, null);
      for (const tensor of [x, y, yBar]) engine.free(tensor);
    };
    run(400);
    const settled = engine.memoryBytes;
    for (let rows = 400; rows > 0; rows -= 7) run(rows);
    expect(engine.memoryBytes).toBe(settled);
  });

  it('holds nothing once the last chain and all that it used are released', async () => {
    const engine = await createKernelsEngine({ dtype: 'f32' });
    const size = engine.memoryBytes;
    // Nearly all that is free, in one piece.
    const whole = size - 40_000;
    engine.free(engine.allocate(1, whole / 4));
    for (const rows of [30, 100]) {
      const parameters = engine.createParameters(noise(1, field.parameterCount, 1));
      const models = [0, 1].map(() => engine.compile(field, parameters, 0));
      const tensors = [0, 1, 2].map(() => engine.allocate(rows, 11));
      for (const model of models) {
        const kept = model.createActivations(rows);
        model.evaluate(0, tensors[0], tensors[1], kept);
        model.evaluate(0, tensors[0], tensors[1]);
        model.pullback(0, tensors[0], tensors[1], kept, tensors[2], null);
        kept.dispose();
      }
      for (const tensor of tensors) engine.free(tensor);
      for (const released of [...models, parameters]) released.dispose();
    }
    engine.free(engine.allocate(1, whole / 4));
    expect(engine.memoryBytes).toBe(size);
  });

  it('stays small while a wide field on a large batch comes and goes', async () => {
    const engine = await createKernelsEngine({ dtype: 'f32' });
    const [width, hidden, rows] = [784, 100, 512];
    const wide: Chain = {
      inputs: width,
      outputs: width,
      layers: [
        { kind: 'dense', inputs: width, outputs: hidden },
        { kind: 'tanh' },
        { kind: 'dense', inputs: hidden, outputs: width },
      ],
      parameterCount: (width + 1) * hidden + (hidden + 1) * width,
    };
    let settled = 0;
    for (let cycle = 0; cycle < 50; cycle++) {
      const parameters = engine.createParameters(new Float64Array(wide.parameterCount));
      const model = engine.compile(wide, parameters, 0);
      const kept = Array.from({ length: 7 }, () => model.createActivations(rows));
      for (const released of [...kept, model, parameters]) released.dispose();
      if (cycle === 0) settled = engine.memoryBytes;
    }
    expect(engine.memoryBytes).toBe(settled);
  });

  it('keeps what tensors hold when the memory grows', async () => {
    const engine = await createKernelsEngine({ dtype: 'f64' });
    const before = tensorOf(engine, 1, 3, [1, 2, 3]);
    const size = engine.memoryBytes;
    const large = engine.allocate(2000, 1000);
    engine.fill(large, 5);
    expect(engine.memoryBytes).toBeGreaterThan(size);
    expect([...engine.read(before)]).toEqual([1, 2, 3]);
    expect(engine.rmsDifference(large, engine.allocate(2000, 1000))).toBe(5);
  });

  it('says how much memory it asked for when there is no more', async () => {
    const engine = await createKernelsEngine({ dtype: 'f64' });
    expect(() => engine.allocate(100_000, 10_000)).toThrow(/could not get 8000000032 more/);
    expect([...engine.read(tensorOf(engine, 1, 1, [4]))]).toEqual([4]);
  });

  it('asks for a build when the compiled kernels are missing', async () => {
    const missing = loadKernels('f32', () => '/nowhere/kernels.wasm');
    await expect(missing).rejects.toMatchObject({ code: 'environment', hint: 'Run `npm run build`.' });
  });

  it('never hands out memory that is in use, in whatever order blocks come and go', async () => {
    const { memory, heapBase } = await loadKernels('f64');
    const blocks = new KernelMemory(memory, heapBase, 'f64');
    const live: { address: number; mark: number }[] = [];
    const requests = fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat()), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(requests, (sizes) => {
        for (const [mark, [bytes, choice]] of sizes.entries()) {
          const address = blocks.allocate(bytes);
          expect(address % 16).toBe(0);
          expect(blocks.bytes.subarray(address, address + bytes).every((byte) => byte === 0)).toBe(true);
          blocks.bytes.fill(mark, address, address + bytes);
          live.push({ address, mark });
          if (choice % 3 === 0) blocks.free(live.splice(choice % live.length, 1)[0].address);
        }
        expect(live.every(({ address, mark }) => blocks.bytes[address] === mark)).toBe(true);
        while (live.length > 0) blocks.free(live.splice(0, 1)[0].address);
      }),
      { numRuns: 30 },
    );
  });

  it('hands freed neighbours out again as one block', async () => {
    const { memory, heapBase } = await loadKernels('f64');
    const blocks = new KernelMemory(memory, heapBase, 'f64');
    const addresses = [1, 2, 3, 4].map(() => blocks.allocate(1000));
    for (const index of [2, 0, 1]) blocks.free(addresses[index]);
    expect(blocks.allocate(3000)).toBe(addresses[0]);
    expect(() => blocks.free(addresses[1])).toThrow('Nothing is allocated');
  });
});

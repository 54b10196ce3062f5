import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.js';
import type { Chain } from '../../src/engines/layer.js';
import { KernelsEngine } from '../../src/engines/kernels/engine.js';
import { WebgpuEngine } from '../../src/engines/webgpu/engine.js';
import { engines } from './fixtures.js';
import { noise, tensorOf } from './tensors.js';

const field: Chain = {
  inputs: 3,
  outputs: 3,
  layers: [
    { kind: 'power', exponent: 2 },
    { kind: 'concat-time', inputs: 3 },
    { kind: 'dense', inputs: 4, outputs: 5 },
    { kind: 'tanh' },
    { kind: 'dense', inputs: 5, outputs: 3 },
  ],
  parameterCount: 25 + 18,
};

/**
 * Creates a chain with all that it needs, runs it forth and back with and without activations kept, updates the
 * parameters and releases everything; @returns every number that came out.
 */
async function runAndRelease(engine: Engine, rows: number, input: ArrayLike<number>): Promise<number[]> {
  const parameters = engine.createParameters(noise(1, field.parameterCount, 1));
  const model = engine.compile(field, parameters, 0);
  const kept = model.createActivations(rows);
  const [x, yBar] = [tensorOf(engine, rows, 3, input), tensorOf(engine, rows, 3, noise(3, rows * 3, 1))];
  const [y, again, xBar, logitsBar] = [0, 1, 2, 3].map(() => engine.allocate(rows, 3));
  const labels = engine.allocate(rows, 1);
  const velocity = engine.allocate(1, parameters.count);
  model.evaluate(0.5, x, y, kept);
  model.evaluate(0.5, x, again);
  model.pullback(0.5, x, y, kept, yBar, xBar);
  const { loss } = await engine.softmaxCrossEntropy(y, labels, logitsBar);
  engine.momentumUpdate(parameters, velocity, { learningRate: 0.1, momentum: 0.9 });
  const tensors = [x, y, again, yBar, xBar, logitsBar, labels, velocity];
  const numbers = [loss, ...(await engine.readParameters(parameters))];
  for (const tensor of tensors) numbers.push(...(await engine.read(tensor)));
  parameters.dispose();
  kept.dispose();
  for (const tensor of tensors) engine.free(tensor);
  model.dispose();
  return numbers;
}

/** What the engine's memory takes; 0 where the host's garbage collector keeps it. */
function memoryBytes(engine: Engine): number {
  return engine instanceof KernelsEngine || engine instanceof WebgpuEngine ? engine.memoryBytes : 0;
}

describe.each(engines)('releasing, as the contract has it, by $label', ({ create, cycles }) => {
  it('takes no more memory and gives the same bits after many cycles of creating, running and releasing', async () => {
    const engine = await create();
    await runAndRelease(engine, 9, noise(2, 27, 1));
    const settled = memoryBytes(engine);
    // So little is left free that the smallest block, lost in every cycle, would make the memory grow.
    const entryBytes = engine.dtype === 'f32' ? 4 : 8;
    if (engine instanceof KernelsEngine) engine.allocate(1, (settled - 80_000) / entryBytes);
    const input = noise(2, 15, 1);
    for (let cycle = 0; cycle < cycles; cycle++) {
      const rows = 1 + (cycle % 9);
      await runAndRelease(engine, rows, new Float64Array(rows * 3).fill(cycle % 2 === 0 ? NaN : cycle));
    }
    expect(memoryBytes(engine)).toBe(settled);
    expect(await runAndRelease(engine, 5, input)).toEqual(await runAndRelease(await create(), 5, input));
  });

  it('keeps other chains right when one that shares their scratch space is disposed', async () => {
    const engine = await create();
    const initial = noise(1, 43, 1);
    const parameters = engine.createParameters(initial);
    const [model, other] = [engine.compile(field, parameters, 0), engine.compile(field, parameters, 0)];
    const [x, yBar] = [tensorOf(engine, 4, 3, noise(2, 12, 1)), tensorOf(engine, 4, 3, noise(3, 12, 1))];
    const [y, xBar] = [engine.allocate(4, 3), engine.allocate(4, 3)];
    const kept = other.createActivations(4);
    const run = async (): Promise<number[][]> => {
      engine.fill(parameters.gradient, 0);
      other.evaluate(0.5, x, y, kept);
      other.pullback(0.5, x, y, kept, yBar, xBar);
      return Promise.all([y, xBar, parameters.gradient].map(async (tensor) => [...(await engine.read(tensor))]));
    };
    const before = await run();
    model.dispose();
    const bystander = engine.allocate(50, 50);
    expect(await run()).toEqual(before);
    expect(await engine.read(bystander)).toEqual(new Float64Array(2500));
    expect(await engine.readParameters(parameters)).toEqual(initial);
  });

  it('refuses parameters, chains and activations that were disposed, and to dispose them again', async () => {
    const engine = await create();
    const parameters = engine.createParameters(new Float64Array(43));
    const [model, other] = [engine.compile(field, parameters, 0), engine.compile(field, parameters, 0)];
    const [x, y] = [engine.allocate(2, 3), engine.allocate(2, 3)];
    const [kept, late] = [model.createActivations(2), model.createActivations(2)];
    kept.dispose();
    expect(() => model.evaluate(0, x, y, kept)).toThrow('activations were disposed');
    expect(() => kept.dispose()).toThrow('activations were disposed');
    model.dispose();
    expect(() => model.evaluate(0, x, y)).toThrow('chain or its parameters were disposed');
    expect(() => model.createActivations(2)).toThrow('chain or its parameters were disposed');
    expect(() => model.dispose()).toThrow('chain was disposed');
    late.dispose();
    const otherKept = other.createActivations(2);
    other.evaluate(0, x, y, otherKept);
    parameters.dispose();
    expect(() => other.evaluate(0, x, y)).toThrow('chain or its parameters were disposed');
    expect(() => other.pullback(0, x, y, otherKept, x, null)).toThrow('chain or its parameters were disposed');
    expect(() => engine.fill(parameters.gradient, 0)).toThrow('freed');
    expect(() => engine.writeParameters(parameters, new Float64Array(43))).toThrow('parameters were disposed');
    expect(() => engine.compile(field, parameters, 0)).toThrow('parameters were disposed');
    expect(() => parameters.dispose()).toThrow('parameters were disposed');
  });
});

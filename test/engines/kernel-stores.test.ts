/** Kernels store whole vectors, pairs and tiles: never beyond the slack in which every block ends. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Dtype, Engine } from '../../src/engines/engine.js';
import { createKernelsEngine } from '../../src/engines/kernels/engine.js';
import { KernelMemory } from '../../src/engines/kernels/memory.js';
import { activation, chain, concatTime, dense } from '../../src/models/chain.js';
import { stiffnessNorms } from '../../src/ode/stiffness.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { gradientOf } from '../adjoint/scenarios.js';
import { noise, tensorOf } from './tensors.js';

const guardByte = 0xa5;
/** A block of one vector, and its slack. */
const guardBytes = 48;

/** Behind every block that is allocated there lies one that nobody knows of. */
let guards: { readonly memory: KernelMemory; readonly address: number }[];

beforeEach(() => {
  guards = [];
  const allocate = Object.getOwnPropertyDescriptor(KernelMemory.prototype, 'allocate')?.value as (
    this: KernelMemory,
    bytes: number,
  ) => number;
  vi.spyOn(KernelMemory.prototype, 'allocate').mockImplementation(function (this: KernelMemory, bytes: number) {
    const address = allocate.call(this, bytes);
    const guard = allocate.call(this, guardBytes - 32);
    this.bytes.fill(guardByte, guard, guard + guardBytes);
    guards.push({ memory: this, address: guard });
    return address;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

function expectGuardsWhole(): void {
  expect(guards.length).toBeGreaterThan(0);
  for (const { memory, address } of guards) {
    const guard = memory.bytes.subarray(address, address + guardBytes);
    if (!guard.every((byte) => byte === guardByte))
      throw new Error(`Something was stored at ${address}: ${guard.join()}`);
  }
}

const widths = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33];
const rowCounts = [1, 2, 3, 5, 6, 7, 49, 130];

function useLayer(engine: Engine, inputs: number, outputs: number): void {
  const net = chain(inputs, [concatTime(), dense(outputs), activation('tanh')]);
  const parameters = engine.createParameters(noise(1, net.parameterCount, 1));
  const model = engine.compile(net, parameters, 0);
  for (const rows of rowCounts) {
    const [x, xDot] = [2, 3].map((seed) => tensorOf(engine, rows, inputs, noise(seed, rows * inputs, 1)));
    const yBar = tensorOf(engine, rows, outputs, noise(4, rows * outputs, 1));
    const [y, yDot] = [0, 1].map(() => engine.allocate(rows, outputs));
    const xBar = engine.allocate(rows, inputs);
    const kept = model.createActivations(rows);
    model.evaluate(0.5, x, y, kept);
    model.pullback(0.5, x, y, kept, yBar, xBar);
    model.pushforward(0.5, x, y, kept, 1, xDot, yDot);
  }
}

async function useTensors(engine: Engine, rows: number, columns: number): Promise<void> {
  const make = (seed: number) => tensorOf(engine, rows, columns, noise(seed, rows * columns, 1));
  const [a, b, c, target, bar] = [1, 2, 3, 4, 5].map(make);
  const labels = engine.allocate(rows, 1);
  const factors = tensorOf(engine, rows, 1, noise(6, rows, 1));
  engine.combine(target, a, 0.5, [1, 2], [b, c]);
  engine.combineProducts(target, a, [{ factor: b, coefficients: [1, 2], terms: [a, c] }]);
  engine.multiply(target, a, 2, b, c);
  engine.multiply(target, null, 2, b, factors);
  const step = { y0: a, y1: b, h: 0.1, weights: [0.5, -1], stages: [b, c], atol: 1e-3, rtol: 1e-3 };
  engine.errorNormPullback(step, await engine.errorNorm(step), 1, bar, target, c);
  await engine.scaledRms(a, b, c, step);
  await engine.meanSquaredError([a], [b], [bar]);
  await engine.softmaxCrossEntropy(a, labels, bar);
}

describe.each<Dtype>(['f32', 'f64'])('What the kernels store in %s stays where it belongs', (dtype) => {
  it.each(widths)('for layers of %d inputs', async (inputs) => {
    const engine = await createKernelsEngine({ dtype });
    for (const outputs of widths) useLayer(engine, inputs, outputs);
    expectGuardsWhole();
  });

  it('for every operation on tensors, and for optimisers', async () => {
    const engine = await createKernelsEngine({ dtype });
    for (const rows of [1, 2, 3, 7]) for (const columns of widths) await useTensors(engine, rows, columns);
    for (const count of widths) {
      const parameters = engine.createParameters(noise(1, count, 1));
      const [m, v] = [0, 1].map(() => engine.allocate(1, count));
      engine.adamUpdate(parameters, m, v, { learningRate: 1, beta1: 0.9, beta2: 0.99, epsilon: 1, iteration: 1 });
      engine.momentumUpdate(parameters, m, { learningRate: 1, momentum: 0.9 });
    }
    expectGuardsWhole();
  });

  it.each([1, 2, 3, 5, 9])('for whole steps and their reverse of %d columns', async (columns) => {
    const engine = await createKernelsEngine({ dtype });
    for (const rows of [1, 2, 3, 7]) {
      for (const mode of ['checkpoint', 'stages'] as const) {
        const scenario = {
          chain: chain(columns, [dense(6), activation('tanh'), dense(columns)]),
          ...{ tableau: tableaux.tsit5, rows, t1: 1.2, tolerance: 1e-3, seed: rows },
          // More outputs within a step than there was room for at first.
          saveat: Array.from({ length: 99 }, (_, k) => k / 99),
          aggregation: { aggregate: 'sum', weightByStep: true, square: false, countInitialCallback: false },
          ...{ errorWeight: 0.5, stiffnessWeight: 0.25, stiffnessNorm: stiffnessNorms[0] },
        } as const;
        await gradientOf(scenario, engine, { mode });
      }
    }
    expectGuardsWhole();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReferenceEngine } from '../../src/engines/reference/engine.js';
import type { Awaitable, Tensor } from '../../src/engines/engine.js';
import { chains, entries, shapes } from './arbitraries.js';
import { tensorOf } from './tensors.js';

/** Central difference of a scalar function of one entry. */
async function slopeAt(values: readonly number[], index: number, loss: (values: number[]) => Awaitable<number>) {
  const step = 1e-5 * Math.max(1, Math.abs(values[index]));
  const moved = (by: number): number[] => values.map((value, i) => (i === index ? value + by : value));
  return ((await loss(moved(step))) - (await loss(moved(-step)))) / (2 * step);
}

const engine = createReferenceEngine();
const read = (tensor: Tensor): Float64Array => engine.read(tensor) as Float64Array;

describe('the reference engine', () => {
  it('pulls cotangents back through any chain as central differences do', async () => {
    await fc.assert(
      fc.asyncProperty(chains, fc.integer({ min: 1, max: 3 }), fc.gen(), async (chain, rows, gen) => {
        const theta = gen(entries, chain.parameterCount, 0.7);
        const input = gen(entries, rows * chain.inputs, 1.1);
        const yBar = tensorOf(engine, rows, chain.outputs, gen(entries, rows * chain.outputs, 1));
        const t = 0.3;
        const loss = (parameters: readonly number[], values: readonly number[]): number => {
          const model = engine.compile(chain, engine.createParameters(parameters), 0);
          const y = engine.allocate(rows, chain.outputs);
          model.evaluate(t, tensorOf(engine, rows, chain.inputs, values), y);
          return read(y).reduce((sum, value, i) => sum + value * read(yBar)[i], 0);
        };
        const parameters = engine.createParameters(theta);
        const model = engine.compile(chain, parameters, 0);
        const x = tensorOf(engine, rows, chain.inputs, input);
        const y = engine.allocate(rows, chain.outputs);
        const xBar = engine.allocate(rows, chain.inputs);
        const kept = model.createActivations(rows);
        model.evaluate(t, x, y, kept);
        model.pullback(t, x, y, kept, yBar, xBar);
        const gradient = read(parameters.gradient);
        for (const index of theta.keys()) {
          expect(gradient[index]).toBeCloseTo(await slopeAt(theta, index, (moved) => loss(moved, input)), 4);
        }
        for (const index of input.keys()) {
          expect(read(xBar)[index]).toBeCloseTo(await slopeAt(input, index, (moved) => loss(theta, moved)), 4);
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('pulls the error norm back through the step error and through the scale', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.gen(), async ([rows, columns], gen) => {
        const count = rows * columns;
        const inputs = [gen(entries, count, 2), gen(entries, count, 2), gen(entries, count, 1), gen(entries, count, 1)];
        fc.pre(inputs[0].every((y0, i) => Math.abs(Math.abs(y0) - Math.abs(inputs[1][i])) > 1e-3));
        const step = (values: readonly (readonly number[])[]) => {
          const [y0, y1, k1, k2] = values.map((entry) => tensorOf(engine, rows, columns, entry));
          return { y0, y1, h: 0.25, weights: [0.5, 0, -0.125], stages: [k1, k1, k2], atol: 1e-2, rtol: 1e-1 };
        };
        const replaced = (which: number, by: readonly number[]) => inputs.map((old, i) => (i === which ? by : old));
        const error = engine.errorNorm(step(inputs)) as number;
        const bars = [0, 1, 2].map(() => engine.allocate(rows, columns));
        engine.errorNormPullback(step(inputs), error, 1.5, bars[0], bars[1], bars[2]);
        for (let index = 0; index < count; index++) {
          const difference = (which: number) =>
            slopeAt(inputs[which], index, (moved) => engine.errorNorm(step(replaced(which, moved))));
          expect(read(bars[1])[index]).toBeCloseTo(1.5 * (await difference(0)), 3);
          expect(read(bars[2])[index]).toBeCloseTo(1.5 * (await difference(1)), 3);
          expect(read(bars[0])[index] * 0.25 * 0.5).toBeCloseTo(1.5 * (await difference(2)), 3);
        }
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it('has loss gradients that agree with central differences', async () => {
    const logits = [0.3, -1.2, 2.5, 0.1, 0.2, -0.4];
    const labels = tensorOf(engine, 2, 1, [2, 0]);
    const bar = engine.allocate(2, 3);
    await engine.softmaxCrossEntropy(tensorOf(engine, 2, 3, logits), labels, bar);
    const crossEntropy = async (values: readonly number[]): Promise<number> =>
      (await engine.softmaxCrossEntropy(tensorOf(engine, 2, 3, values), labels, null)).loss;
    const target = tensorOf(engine, 2, 3, [1, 2, 3, 4, 5, 6]);
    const squareBar = engine.allocate(2, 3);
    await engine.meanSquaredError([tensorOf(engine, 2, 3, logits)], [target], [squareBar]);
    const squares = (values: readonly number[]) =>
      engine.meanSquaredError([tensorOf(engine, 2, 3, values)], [target], null);
    for (const index of logits.keys()) {
      expect(read(bar)[index]).toBeCloseTo(await slopeAt(logits, index, crossEntropy), 8);
      expect(read(squareBar)[index]).toBeCloseTo(await slopeAt(logits, index, squares), 8);
    }
  });
});

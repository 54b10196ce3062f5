import { describe, expect, it } from 'vitest';
import type { Engine, Tensor } from '../../src/engines/engine.js';
import type { Chain } from '../../src/engines/layer.js';
import { UserError } from '../../src/errors.js';
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

describe.each(engines)('the contract, kept by $label', ({ create, tolerance, exactRows }) => {
  const values = async (engine: Engine, tensor: Tensor): Promise<number[]> => [...(await engine.read(tensor))];

  it('allocates zeros, also where something was freed', async () => {
    const engine = await create();
    const first = tensorOf(engine, 2, 3, [1, 2, 3, 4, 5, 6]);
    engine.free(first);
    expect(await values(engine, engine.allocate(2, 3))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('reads back what was written, as a copy that later operations do not change', async () => {
    const engine = await create();
    const tensor = tensorOf(engine, 1, 3, [1, -2.5, Infinity]);
    const copy = await engine.read(tensor);
    engine.fill(tensor, 7);
    expect([...copy]).toEqual([1, -2.5, Infinity]);
    expect(await values(engine, tensor)).toEqual([7, 7, 7]);
  });

  it('refuses a tensor that was freed, or freed twice, or belongs to another engine', async () => {
    const engine = await create();
    const tensor = engine.allocate(1, 2);
    const foreign = (await create()).allocate(1, 2);
    engine.free(tensor);
    expect(() => engine.free(tensor)).toThrow('freed');
    expect(() => engine.fill(tensor, 1)).toThrow('freed');
    expect(() => engine.combine(engine.allocate(1, 2), foreign, 1, [], [])).toThrow('another engine');
    expect(() => engine.rmsDifference(foreign, engine.allocate(1, 2))).toThrow('another engine');
  });

  it('names both shapes when they do not fit', async () => {
    const engine = await create();
    const [small, large] = [engine.allocate(2, 3), engine.allocate(4, 3)];
    expect(() => engine.combine(small, large, 1, [], [])).toThrow(/2 × 3.*4 × 3/);
    expect(() => engine.combine(small, null, 1, [1], [large])).toThrow(/2 × 3.*4 × 3/);
    expect(() => engine.scaledRms(small, null, large, { atol: 1, rtol: 1 })).toThrow(/2 × 3.*4 × 3/);
    expect(() => engine.rmsDifference(small, large)).toThrow(/2 × 3.*4 × 3/);
    expect(() => engine.write(small, [1])).toThrow(/6.*1/);
    const model = engine.compile(field, engine.createParameters(new Float64Array(43)), 0);
    expect(() => model.evaluate(0, small, large)).toThrow(/2 × 3.*4 × 3/);
  });

  it('skips terms whose coefficient is exactly zero, even when they hold NaN', async () => {
    const engine = await create();
    const poison = tensorOf(engine, 1, 2, [NaN, Infinity]);
    const target = tensorOf(engine, 1, 2, [9, 9]);
    engine.combine(target, null, 2, [0, 0.5, -0], [poison, tensorOf(engine, 1, 2, [3, 4]), poison]);
    expect(await values(engine, target)).toEqual([3, 4]);
    const y = tensorOf(engine, 1, 2, [1, 1]);
    const step = { y0: y, y1: y, h: 1, weights: [0, 1], stages: [poison, y], atol: 1, rtol: 0 };
    expect(await engine.errorNorm(step)).toBe(1);
  });

  it('combines into its own base, and into zero without terms', async () => {
    const engine = await create();
    const state = tensorOf(engine, 1, 3, [1, 2, 3]);
    engine.combine(state, state, 0.5, [2, 4], [tensorOf(engine, 1, 3, [1, 1, 1]), tensorOf(engine, 1, 3, [0, 1, 2])]);
    expect(await values(engine, state)).toEqual([2, 5, 8]);
    engine.combine(state, null, 1, [], []);
    expect(await values(engine, state)).toEqual([0, 0, 0]);
  });

  it('refuses to combine into a term or to evaluate into the input', async () => {
    const engine = await create();
    const tensor = engine.allocate(2, 3);
    expect(() => engine.combine(tensor, null, 1, [1], [tensor])).toThrow('source');
    const model = engine.compile(field, engine.createParameters(new Float64Array(43)), 0);
    expect(() => model.evaluate(0, tensor, tensor)).toThrow('source');
    const kept = model.createActivations(2);
    const y = engine.allocate(2, 3);
    expect(() => model.pullback(0, tensor, y, kept, y, y)).toThrow('source');
  });

  it('adds to the gradient of its own parameters only and overwrites the input cotangent', async () => {
    const engine = await create();
    const parameters = engine.createParameters(noise(1, 50, 1));
    const model = engine.compile(field, parameters, 4);
    const [x, yBar] = [tensorOf(engine, 2, 3, noise(2, 6, 1)), tensorOf(engine, 2, 3, noise(3, 6, 1))];
    const [y, xBar] = [engine.allocate(2, 3), engine.allocate(2, 3)];
    const kept = model.createActivations(2);
    const gradients: number[][] = [];
    const cotangents: number[][] = [];
    for (let time = 0; time < 2; time++) {
      engine.fill(xBar, NaN);
      model.evaluate(0.5, x, y, kept);
      model.pullback(0.5, x, y, kept, yBar, xBar);
      gradients.push(await values(engine, parameters.gradient));
      cotangents.push(await values(engine, xBar));
    }
    expect(cotangents[1]).toEqual(cotangents[0]);
    expect(gradients[0].filter((entry) => entry !== 0)).toHaveLength(43);
    expect([...gradients[0].slice(0, 4), ...gradients[0].slice(47)]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    gradients[0].forEach((entry, i) => expect(Math.abs(gradients[1][i] - 2 * entry)).toBeLessThan(tolerance));
    model.pullback(0.5, x, y, kept, yBar, null);
    const third = await values(engine, parameters.gradient);
    gradients[0].forEach((entry, i) => expect(Math.abs(third[i] - 3 * entry)).toBeLessThan(2 * tolerance));
  });

  it('pushes tangents forward by the transpose of what it pulls cotangents back by', async () => {
    const engine = await create();
    const parameters = engine.createParameters(noise(1, 43, 1));
    const model = engine.compile(field, parameters, 0);
    const [x, xDot, yBar] = [2, 3, 4].map((seed) => tensorOf(engine, 2, 3, noise(seed, 6, 1)));
    const [y, yDot, xBar, same] = [0, 0, 0, 0].map(() => engine.allocate(2, 3));
    const kept = model.createActivations(2);
    model.evaluate(0.5, x, y, kept);
    model.pushforward(0.5, x, y, kept, 0, xDot, yDot);
    model.pullbackInput(0.5, x, y, kept, yBar, xBar);
    expect(await values(engine, parameters.gradient)).toEqual(new Array(43).fill(0));
    expect(Math.abs((await engine.dot(yBar, yDot)) - (await engine.dot(xBar, xDot)))).toBeLessThan(tolerance);
    model.pullback(0.5, x, y, kept, yBar, same);
    expect(await values(engine, same)).toEqual(await values(engine, xBar));
  });

  it('has the slope in time as the tangent of time', async () => {
    const engine = await create();
    const model = engine.compile(field, engine.createParameters(noise(1, 43, 1)), 0);
    const x = tensorOf(engine, 2, 3, noise(2, 6, 1));
    const [y, ahead, behind, yDot] = [0, 0, 0, 0].map(() => engine.allocate(2, 3));
    const kept = model.createActivations(2);
    const step = engine.dtype === 'f32' ? 1 / 64 : 1 / 4096;
    model.evaluate(0.5, x, y, kept);
    model.evaluate(0.5 + step, x, ahead);
    model.evaluate(0.5 - step, x, behind);
    model.pushforward(0.5, x, y, kept, 1, engine.allocate(2, 3), yDot);
    const [tangent, after, before] = await Promise.all([yDot, ahead, behind].map((tensor) => values(engine, tensor)));
    tangent.forEach((entry, i) => {
      expect(Math.abs(entry - (after[i] - before[i]) / (2 * step))).toBeLessThan(step * step + tolerance / step);
    });
  });

  it('shares the weights of a biased layer with one without bias, and gives it no bias gradient', async () => {
    const engine = await create();
    const parameters = engine.createParameters([2, 3, 5, 7, 11, 13]);
    const dense = { kind: 'dense', inputs: 2, outputs: 2 } as const;
    const layers = [{ ...dense, bias: false }];
    const linear = engine.compile({ inputs: 2, outputs: 2, layers, parameterCount: 4 }, parameters, 0);
    const x = tensorOf(engine, 1, 2, [1, 10]);
    const y = engine.allocate(1, 2);
    const kept = linear.createActivations(1);
    linear.evaluate(0, x, y, kept);
    expect(await values(engine, y)).toEqual([32, 75]);
    linear.pullback(0, x, y, kept, tensorOf(engine, 1, 2, [1, 2]), null);
    expect(await values(engine, parameters.gradient)).toEqual([1, 10, 2, 20, 0, 0]);
  });

  it('multiplies into its own factors and base, by entry or by row', async () => {
    const engine = await create();
    const product = tensorOf(engine, 2, 2, [1, 2, 3, 4]);
    engine.multiply(product, product, 2, product, product);
    expect(await values(engine, product)).toEqual([3, 10, 21, 36]);
    engine.multiply(product, null, 1, product, tensorOf(engine, 2, 1, [10, -1]));
    expect(await values(engine, product)).toEqual([30, 100, -21, -36]);
    expect(() => engine.multiply(product, null, 1, product, engine.allocate(1, 2))).toThrow(/2 × 2.*1 × 2/);
  });

  it('adds combinations times factors of their own, into its own base too, and skips what has no coefficient', async () => {
    const engine = await create();
    const poison = tensorOf(engine, 1, 3, [NaN, NaN, NaN]);
    const [a, b] = [tensorOf(engine, 1, 3, [1, 2, 3]), tensorOf(engine, 1, 3, [10, 20, 30])];
    const target = tensorOf(engine, 1, 3, [100, 100, 100]);
    const products = [
      { factor: null, coefficients: [0.5, 0], terms: [b, poison] },
      { factor: b, coefficients: [2, -1], terms: [a, b] },
      { factor: poison, coefficients: [0], terms: [a] },
      { factor: poison, coefficients: [], terms: [] },
    ];
    engine.combineProducts(target, target, products);
    expect(await values(engine, target)).toEqual([100 + 5 - 80, 100 + 10 - 320, 100 + 15 - 720]);
    engine.combineProducts(target, null, []);
    expect(await values(engine, target)).toEqual([0, 0, 0]);
    const into = (factor: Tensor | null, term: Tensor) => () =>
      engine.combineProducts(target, null, [{ factor, coefficients: [1], terms: [term] }]);
    expect(into(null, target)).toThrow('source');
    expect(into(target, a)).toThrow('source');
    expect(into(engine.allocate(2, 3), a)).toThrow(/1 × 3.*2 × 3/);
    expect(into(null, engine.allocate(1, 2))).toThrow(/1 × 3.*1 × 2/);
    expect(() => engine.combineProducts(target, engine.allocate(2, 3), [])).toThrow(/1 × 3.*2 × 3/);
  });

  it('finds the largest ratio of differences, counting those over 0 as 0 and NaN above all', async () => {
    const engine = await create();
    const [zero, a, b] = [
      [0, 0, 0],
      [0, 1, -6],
      [0, 4, 3],
    ].map((row) => tensorOf(engine, 1, 3, row));
    expect(await engine.maxRatio(a, zero, b, zero)).toEqual({ value: 2, entry: 2, numerator: -6, denominator: 3 });
    expect((await engine.maxRatio(zero, zero, zero, zero)).value).toBe(0);
    expect((await engine.maxRatio(b, zero, zero, zero)).value).toBe(0);
    expect((await engine.maxRatio(a, tensorOf(engine, 1, 3, [0, NaN, 0]), b, zero)).value).toBeNaN();
  });

  it('copies a row and adds to an entry, within bounds only', async () => {
    const engine = await create();
    const target = engine.allocate(2, 2);
    engine.copyRow(target, 1, tensorOf(engine, 3, 2, [1, 2, 3, 4, 5, 6]), 2);
    engine.addEntry(target, 3, 0.5);
    expect(await values(engine, target)).toEqual([0, 0, 5, 6.5]);
    expect(() => engine.copyRow(target, 2, target, 0)).toThrow('row 2');
    expect(() => engine.addEntry(target, 4, 1)).toThrow('entry 4');
  });

  it('copies a block of columns and leaves the others, within bounds only', async () => {
    const engine = await create();
    const target = tensorOf(engine, 2, 3, [1, 2, 3, 4, 5, 6]);
    const source = tensorOf(engine, 2, 4, [10, 20, 30, 40, 50, 60, 70, 80]);
    engine.copyColumns(target, 1, source, 2, 2);
    expect(await values(engine, target)).toEqual([1, 30, 40, 4, 70, 80]);
    expect(() => engine.copyColumns(target, 2, source, 0, 2)).toThrow('2 columns from 0 of 2 × 4 to 2 of 2 × 3');
    expect(() => engine.copyColumns(target, 0, source, 3, 2)).toThrow('from 3');
    expect(() => engine.copyColumns(target, 0, target, 1, 1)).toThrow('must not be one of the sources');
    expect(() => engine.copyColumns(target, 0, engine.allocate(3, 4), 0, 1)).toThrow(/2 × 4.*3 × 4/);
  });

  it('gives each row the same result whatever rows come with it, with and without activations kept', async () => {
    const engine = await create();
    const model = engine.compile(field, engine.createParameters(noise(1, 43, 1)), 0);
    const kept = model.createActivations(13);
    const input = noise(2, 39, 1);
    const y = engine.allocate(13, 3);
    model.evaluate(0.5, tensorOf(engine, 13, 3, input), y, kept);
    const all = await values(engine, y);
    const expectRows = async (part: Tensor): Promise<void> => {
      const same = all.slice(0, part.rows * 3);
      const actual = await values(engine, part);
      if (exactRows) expect(actual).toEqual(same);
      else actual.forEach((entry, i) => expect(Math.abs(entry - same[i])).toBeLessThan(tolerance));
    };
    for (const rows of [1, 2, 5, 7, 12]) {
      const part = engine.allocate(rows, 3);
      const x = tensorOf(engine, rows, 3, input.subarray(0, rows * 3));
      model.evaluate(0.5, x, part, kept);
      await expectRows(part);
      model.evaluate(0.5, x, part);
      await expectRows(part);
    }
  });

  it('uses new parameters in the evaluation and the pullback after they were written', async () => {
    const engine = await create();
    const parameters = engine.createParameters(noise(1, 43, 1));
    const model = engine.compile(field, parameters, 0);
    const fresh = engine.compile(field, engine.createParameters(noise(9, 43, 1)), 0);
    const [x, yBar] = [tensorOf(engine, 2, 3, noise(2, 6, 1)), tensorOf(engine, 2, 3, noise(3, 6, 1))];
    const run = async (compiled: typeof model): Promise<number[]> => {
      const [y, xBar] = [engine.allocate(2, 3), engine.allocate(2, 3)];
      const kept = compiled.createActivations(2);
      compiled.evaluate(0.5, x, y, kept);
      compiled.pullback(0.5, x, y, kept, yBar, xBar);
      return [...(await engine.read(y)), ...(await engine.read(xBar))];
    };
    await run(model);
    engine.writeParameters(parameters, noise(9, 43, 1));
    expect(await run(model)).toEqual(await run(fresh));
  });

  it('refuses activations of another chain or of fewer rows', async () => {
    const engine = await create();
    const parameters = engine.createParameters(new Float64Array(43));
    const [model, other] = [engine.compile(field, parameters, 0), engine.compile(field, parameters, 0)];
    const [x, y] = [engine.allocate(3, 3), engine.allocate(3, 3)];
    expect(() => model.evaluate(0, x, y, other.createActivations(3))).toThrow('another chain');
    expect(() => model.evaluate(0, x, y, model.createActivations(2))).toThrow(/2 rows.*3/);
  });

  it('names the layer that does not fit its neighbours', async () => {
    const engine = await create();
    const parameters = engine.createParameters(new Float64Array(43));
    const broken: Chain = { ...field, layers: [{ kind: 'tanh' }, { kind: 'dense', inputs: 9, outputs: 3 }] };
    expect(() => engine.compile(broken, parameters, 0)).toThrow(UserError);
    expect(() => engine.compile(broken, parameters, 0)).toThrow(/Layer 2 of 2 \(dense\) takes 9 columns, but 3/);
    expect(() => engine.compile(field, parameters, 1)).toThrow('does not fit');
  });

  it('has an error norm of zero with zero cotangents where there is no error', async () => {
    const engine = await create();
    const y = tensorOf(engine, 1, 2, [1, 2]);
    const step = { y0: y, y1: y, h: 0.5, weights: [0], stages: [y], atol: 1e-3, rtol: 1e-3 };
    const [eBar, y0Bar, y1Bar] = [tensorOf(engine, 1, 2, [5, 5]), engine.allocate(1, 2), engine.allocate(1, 2)];
    expect(await engine.errorNorm(step)).toBe(0);
    engine.errorNormPullback(step, 0, 1, eBar, y0Bar, y1Bar);
    expect([...(await engine.read(eBar)), ...(await engine.read(y0Bar))]).toEqual([0, 0, 0, 0]);
  });

  it('takes 0 / 0 for 0 in norms and their cotangents: a relative tolerance of a state that is 0', async () => {
    const engine = await create();
    const y = tensorOf(engine, 1, 3, [0, 2, 0]);
    const stage = tensorOf(engine, 1, 3, [0, 0.5, 0]);
    const tolerances = { atol: 0, rtol: 0.25 };
    expect(await engine.scaledRms(stage, null, y, tolerances)).toBeCloseTo(Math.sqrt(1 / 3), 14);
    const step = { y0: y, y1: y, h: 1, weights: [1], stages: [stage], ...tolerances };
    const error = await engine.errorNorm(step);
    expect(error).toBeCloseTo(Math.sqrt(1 / 3), 14);
    const [eBar, y0Bar, y1Bar] = [1, 2, 3].map(() => engine.allocate(1, 3));
    engine.errorNormPullback(step, error, 1, eBar, y0Bar, y1Bar);
    for (const [bar, middle] of [
      [eBar, 2 / (3 * error)],
      [y0Bar, -0.5 / (3 * error)],
      [y1Bar, 0],
    ] as const) {
      expect(await values(engine, bar)).toEqual([0, expect.closeTo(middle, 6), 0]);
    }
  });

  it('sums norms of many entries in double precision', async () => {
    const engine = await create();
    const a = engine.allocate(70_000, 5);
    engine.fill(a, 0.1);
    const exact = engine.dtype === 'f32' ? Math.fround(0.1) : 0.1;
    expect(Math.abs((await engine.rmsDifference(a, engine.allocate(70_000, 5))) / exact - 1)).toBeLessThan(1e-10);
    expect(await engine.scaledRms(a, null, a, { atol: 0, rtol: 1 })).toBeCloseTo(1, 12);
  });

  it('takes the first largest logit for the prediction and no row with NaN for correct', async () => {
    const engine = await create();
    const logits = tensorOf(engine, 4, 3, [1, 1, 0, 1, 1, 0, 0, 0, 5, NaN, 0, 1]);
    const labels = tensorOf(engine, 4, 1, [0, 1, 2, 2]);
    const { loss, correct } = await engine.softmaxCrossEntropy(logits, labels, null);
    expect(correct).toBe(2);
    expect(loss).toBeNaN();
  });

  it('refuses a label that is no class', async () => {
    const engine = await create();
    for (const label of [3, -1, 0.5, NaN]) {
      const labels = tensorOf(engine, 2, 1, [0, label]);
      const refused = async () => engine.softmaxCrossEntropy(engine.allocate(2, 3), labels, null);
      await expect(refused()).rejects.toThrow(`label of row 1 is ${label}`);
    }
  });
});

/** Fields that are tfjs functions: the same numbers as layers, no leaks, and mistakes that say whose they are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireTfjs } from '../../src/engines/compile-field.js';
import { compileField, createEngine } from '../../src/engines/index.js';
import type { Engine } from '../../src/engines/engine.js';
import type { TensorflowEngine } from '../../src/engines/tensorflow/engine.js';
import type { WebgpuEngine } from '../../src/engines/webgpu/engine.js';
import type { TfjsField } from '../../src/engines/tfjs/field.js';
import type { TfjsTensor } from '../../src/engines/tfjs/tfjs.js';
import { gradient, type GradientOptions } from '../../src/library/gradient.js';
import { ImplicitSolver } from '../../src/ode/implicit/solver.js';
import { implicitMethods } from '../../src/ode/implicit/method.js';
import { glorotParameters } from '../../src/models/neural-ode.js';
import { tfjsField, type TfjsFieldDeclaration } from '../../src/models/tfjs-field.js';
import { withTensorflow, withWebgpu } from './fixtures.js';
import { noise, tensorOf } from './tensors.js';
import { spiralNet, timedNet, type Given, type Net, type Tf } from './tfjs-fields.js';

interface TfjsEngine {
  readonly name: 'tensorflow' | 'webgpu';
  readonly tested: boolean;
  /** Random nets that are compared, and steps that a test looks for leaks in: a software GPU is slow. */
  readonly nets: number;
  readonly steps: number;
  /** Relative to the largest entry. WGSL lets a device compute tanh and powers less precisely than f32. */
  readonly tolerance: number;
}

const tfjsEngines = (
  [
    { name: 'tensorflow', tested: withTensorflow, nets: 60, steps: 1000, tolerance: 2e-5 },
    { name: 'webgpu', tested: withWebgpu, nets: 4, steps: 10, tolerance: 1e-4 },
  ] satisfies TfjsEngine[]
).filter(({ tested }) => tested);

/** Everything a compiled field computes, on parameters that lie behind two others. */
async function everythingOf(engine: Engine, field: Net['layers'] | TfjsField, rows: number, seed: number) {
  const parameters = engine.createParameters(noise(seed, field.parameterCount + 3, 0.5));
  const compiled = compileField(engine, field, parameters, 2);
  const [y, bar, dot] = [1, 2, 3].map((k) =>
    tensorOf(engine, rows, field.inputs, noise(seed + k, rows * field.inputs, 1)),
  );
  const [k, yBar, inputBar, kDot] = [0, 1, 2, 3].map(() => engine.allocate(rows, field.inputs));
  const kept = compiled.createActivations(rows);
  compiled.evaluate(0.75, y, k, kept);
  compiled.pullbackInput(0.75, y, k, kept, bar, inputBar);
  compiled.pullback(0.75, y, k, kept, bar, yBar);
  compiled.pullback(0.75, y, k, kept, bar, null);
  compiled.pushforward(0.75, y, k, kept, -0.5, dot, kDot);
  const results = { k, yBar, inputBar, gradient: parameters.gradient, kDot };
  const read: Record<string, Float64Array> = {};
  for (const [name, tensor] of Object.entries(results)) read[name] = await engine.read(tensor);
  return read;
}

function expectClose(actual: Float64Array, expected: Float64Array, tolerance: number, what: string): void {
  const size = expected.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
  const worst = expected.reduce((most, entry, i) => Math.max(most, Math.abs(entry - actual[i])), 0);
  expect(actual).toHaveLength(expected.length);
  expect(worst, what).toBeLessThanOrEqual(tolerance * size);
}

/** Tensors of all backends, and TensorFlow's handles where the engine has such. */
function liveTensors(engine: Engine): readonly (number | undefined)[] {
  const { state } = requireTfjs(engine).tf.engine() as unknown as { readonly state: { readonly numTensors: number } };
  return [state.numTensors, (engine as Partial<TensorflowEngine>).liveHandles];
}

/** Also what an engine and tfjs hold on a device. */
function held(engine: Engine): readonly (number | undefined)[] {
  const { bufferCount, memoryBytes } = engine as Partial<WebgpuEngine>;
  const { numBytesAllocatedInGPU } = requireTfjs(engine).tf.memory() as { readonly numBytesAllocatedInGPU?: number };
  return [...liveTensors(engine), bufferCount, memoryBytes, numBytesAllocatedInGPU];
}

describe('the declaration of a tfjs field', () => {
  const declaration = { name: 'mine', inputs: 2, parameters: {}, field: (_tf: Tf, _p: Given, _t: TfjsTensor) => _t };

  it('counts the entries of its parameters', () => {
    expect(spiralNet(2, 50).field.parameterCount).toBe(252);
    expect(tfjsField({ ...declaration, parameters: { scale: [] } }).parameterCount).toBe(1);
  });

  it.each<[Partial<Record<keyof TfjsFieldDeclaration<Tf, TfjsTensor, TfjsTensor, TfjsTensor>, unknown>>, string]>([
    [{ inputs: 0 }, 'The tfjs field "mine" must have a positive whole number of inputs, not 0.'],
    [{ parameters: { W: [2, 0.5] } }, 'must declare W by positive whole dimensions such as [50, 2], not [2,0.5].'],
    [{ parameters: { W: { shape: 3 } } }, 'must declare W by positive whole dimensions such as [50, 2], not 3.'],
    [{ field: undefined }, 'needs a function `field: (tf, parameters, t, y) => dy/dt`.'],
  ])('refuses what means nothing: %o', (wrong, message) => {
    expect(() => tfjsField({ ...declaration, ...wrong } as typeof declaration)).toThrow(message);
  });

  it('starts matrices by Glorot within their bounds, vectors at zero, and others as a function says', () => {
    const field = tfjsField({
      ...declaration,
      parameters: { W: [30, 50], b: [4], kernel: [3, 3, 2, 4], own: { shape: [2], initial: (u) => [u(), 7] } },
    });
    let draws = 0;
    const uniform = (): number => (draws++ % 2 === 0 ? 0 : 1 - 2 ** -53);
    const model = { encode: null, field, decode: null, t0: 0, t1: 1, saveat: null };
    const values = glorotParameters(model, uniform);
    const bounds = (part: Float64Array): number[] => [Math.min(...part), Math.max(...part)];
    expect(bounds(values.subarray(0, 1500))).toEqual([-Math.sqrt(6 / 80), expect.closeTo(Math.sqrt(6 / 80), 12)]);
    expect([...values.subarray(1500, 1504)]).toEqual([0, 0, 0, 0]);
    expect(bounds(values.subarray(1504, 1576))[0]).toBeCloseTo(-Math.sqrt(6 / 54), 12);
    expect([...values.subarray(1576)]).toEqual([0, 7]);
  });

  it('refuses initial values that are too few', () => {
    const field = tfjsField({ ...declaration, parameters: { b: { shape: [3], initial: () => [1, 2] } } });
    const model = { encode: null, field, decode: null, t0: 0, t1: 1, saveat: null };
    expect(() => glorotParameters(model, () => 0)).toThrow('"mine" starts b with 2 values, but it has 3.');
  });

  it.each([
    ['kernels', 'f32'],
    ['reference', 'f64'],
  ] as const)('runs on tfjs engines only: %s says which', async (name, dtype) => {
    const engine = await createEngine(name, dtype);
    const { field } = spiralNet(2, 3);
    const parameters = engine.createParameters(new Float64Array(field.parameterCount));
    expect(() => compileField(engine, field, parameters, 0)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: `This model's field is a tfjs function, which the engine ${name} does not run.`,
        hint: 'Set `engine` to tensorflow or webgpu.',
      }),
    );
  });
});

describe.each(tfjsEngines)('a tfjs field on the engine $name', ({ name, nets, steps, tolerance }) => {
  const create = (): Promise<Engine> => createEngine(name, 'f32');

  it('has the value, the pullbacks and the pushforward of the same net as layers', async () => {
    const [engine, reference] = [await create(), await createEngine('reference', 'f64')];
    const size = fc.integer({ min: 1, max: 12 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(spiralNet, timedNet), size, size, size, size, async (net, n, h, rows, seed) => {
        const { layers, field } = net(n, h);
        const exact = await everythingOf(reference, layers, rows, seed);
        const actual = await everythingOf(engine, field, rows, seed);
        for (const name of Object.keys(exact)) expectClose(actual[name], exact[name], tolerance, name);
      }),
      { numRuns: nets, seed: 1 },
    );
    engine.dispose();
  });

  it('has the same gradient through an adaptive solve as layers in f64, regularisers included', async () => {
    const { layers, field } = timedNet(3, 5);
    const options: Omit<GradientOptions, 'field'> = {
      parameters: noise(5, layers.parameterCount, 0.5),
      y0: [
        [0.5, -0.25, 1],
        [1, 0.5, -1],
      ],
      t1: 1,
      saveat: [0.3, 0.8],
      rtol: 1e-3,
      errorWeight: 10,
      stiffnessWeight: 0.1,
      loss: ({ y1, outputs }) => ({
        loss: y1.reduce((sum, y) => sum + y * y, 0),
        y1Bar: y1.map((y) => 2 * y),
        outputBars: outputs,
      }),
    };
    const exact = await gradient({ ...options, field: layers });
    const actual = await gradient({ ...options, field, engine: name, dtype: 'f32' });
    if (exact.state !== 'success' || actual.state !== 'success') throw new Error('A solve stopped early.');
    expect(actual.statistics).toEqual(exact.statistics);
    expectClose(actual.parameters, exact.parameters, 4e-4, 'parameters');
    expectClose(actual.y0, exact.y0, 4e-4, 'y0');
  });

  it('is solved by an implicit method to the same state as layers', async () => {
    const { layers, field } = timedNet(2, 4);
    const solved = async (engine: Engine, either: Net['layers'] | TfjsField): Promise<Float64Array> => {
      const parameters = engine.createParameters(noise(3, layers.parameterCount, 1));
      const compiled = compileField(engine, either, parameters, 0);
      const shape = { engine, field: compiled, method: implicitMethods.implicit_midpoint, rows: 2, columns: 2 };
      const solution = await new ImplicitSolver(shape).solve({
        y0: tensorOf(engine, 2, 2, [0.5, -1, 1, 0.25]),
        t0: 0,
        t1: 1,
        dt: 0.25,
        maxSteps: 10,
        saveat: [],
        nonlinear: { kind: 'newton' },
        keepStates: false,
      });
      expect(solution.outcome.state).toBe('success');
      return engine.read(solution.y1);
    };
    const exact = await solved(await createEngine('reference', 'f64'), layers);
    expectClose(await solved(await create(), field), exact, 1e-5, 'y1');
  });

  it('sees parameters that an optimiser has changed', async () => {
    const engine = await create();
    const { field } = spiralNet(2, 3);
    const parameters = engine.createParameters(new Float64Array(field.parameterCount));
    const compiled = compileField(engine, field, parameters, 0);
    const [y, k] = [tensorOf(engine, 1, 2, [1, 2]), engine.allocate(1, 2)];
    compiled.evaluate(0, y, k);
    expect([...(await engine.read(k))]).toEqual([0, 0]);
    const values = new Float64Array(field.parameterCount);
    values.set([3, 4], field.parameterCount - 2);
    engine.writeParameters(parameters, values);
    compiled.evaluate(0, y, k);
    expect([...(await engine.read(k))]).toEqual([3, 4]);
  });

  it(`leaves as many tensors and buffers after ${steps} steps as after one, and none when all is disposed`, async () => {
    const engine = await create();
    const before = liveTensors(engine);
    const { field } = timedNet(3, 4);
    const parameters = engine.createParameters(noise(1, field.parameterCount, 1));
    const velocity = engine.allocate(1, field.parameterCount);
    const compiled = compileField(engine, field, parameters, 0);
    const kept = compiled.createActivations(2);
    const [y, k, bar] = [1, 2, 3].map((seed) => tensorOf(engine, 2, 3, noise(seed, 6, 1)));
    const step = (): void => {
      compiled.evaluate(0.5, y, k, kept);
      compiled.pullback(0.5, y, k, kept, k, bar);
      compiled.pushforward(0.5, y, k, kept, 1, bar, k);
      engine.momentumUpdate(parameters, velocity, { learningRate: 1e-3, momentum: 0.9 });
    };
    for (let i = 0; i < 2; i++) step();
    await engine.read(k);
    const settled = held(engine);
    for (let i = 0; i < steps; i++) step();
    await engine.read(k);
    expect(held(engine)).toEqual(settled);
    compiled.dispose();
    parameters.dispose();
    engine.dispose();
    expect(liveTensors(engine)).toEqual(before);
  });

  it('has no gradient by a parameter that it does not use now, and may return y itself', async () => {
    const engine = await create();
    const field = tfjsField({
      name: 'idle',
      inputs: 1,
      parameters: { used: [1], unused: [2, 2] },
      field: (tf: Tf, { used }: Given, _t: TfjsTensor, y: TfjsTensor) => tf.mul(y, used),
    });
    const same = tfjsField({
      name: 'same',
      inputs: 1,
      parameters: {},
      field: (_tf: Tf, _: Given, _t: TfjsTensor, y: TfjsTensor) => y,
    });
    const parameters = engine.createParameters([2, 1, 1, 1, 1]);
    const [y, k, bar] = [3, 0, 5].map((value) => tensorOf(engine, 1, 1, [value]));
    for (const [each, expected] of [
      [field, [6, 10]],
      [same, [3, 5]],
    ] as const) {
      const compiled = compileField(engine, each, parameters, 0);
      const kept = compiled.createActivations(1);
      compiled.evaluate(0, y, k, kept);
      const value = await engine.read(k);
      compiled.pullback(0, y, k, kept, bar, k);
      expect([value[0], (await engine.read(k))[0]]).toEqual(expected);
    }
    expect([...(await engine.read(parameters.gradient))]).toEqual([15, 0, 0, 0, 0]);
  });

  describe('tells a mistake with its name:', () => {
    type Derivative = (tf: Tf, parameters: Given, t: TfjsTensor, y: TfjsTensor) => TfjsTensor;
    const kept: TfjsTensor[] = [];
    const leak: Derivative = (tf, _, _t, y) => {
      kept.push(tf.keep(tf.ones([2])));
      return y;
    };

    /** Evaluates twice, then differentiates once and pushes forward. */
    async function use(derivative: Derivative, inputs = 2): Promise<void> {
      const engine = await create();
      const field = tfjsField({ name: 'mine', inputs, parameters: { W: [2, 2] }, field: derivative });
      const compiled = compileField(engine, field, engine.createParameters(noise(1, 4, 1)), 0);
      const activations = compiled.createActivations(3);
      const [y, k, bar] = [1, 2, 3].map((seed) => tensorOf(engine, 3, inputs, noise(seed, 3 * inputs, 1)));
      compiled.evaluate(0, y, k, activations);
      compiled.evaluate(0, y, k, activations);
      compiled.pullback(0, y, k, activations, k, bar);
      compiled.pushforward(0, y, k, activations, 0, bar, k);
    }

    it.each<[string, Derivative, string, RegExp]>([
      ['an exception', (tf, { W }, _t, y) => tf.matMul(y, tf.concat([W, W], 0)), 'threw: ', /^Correct it at .*tfjs-/],
      ['no result', () => undefined as never, 'returned no tensor, but undefined', /Return dy\/dt as a tensor/],
      ['an array', () => [1, 2] as never, 'returned no tensor, but an array', /Return dy\/dt as a tensor/],
      ['an async function', () => Promise.resolve(1) as never, 'returned a promise', /leave out async/],
      ['another shape', (_tf, { W }) => W, 'returned a tensor of shape [2, 2]', /here \[3, 2\]/],
      ['another dtype', (tf, _, _t, y) => tf.greater(y, 0), 'returned a tensor of dtype bool', /tf\.cast/],
      [
        'a disposed result',
        (_tf, _, _t, y) => {
          y.dispose();
          return y;
        },
        'returned a tensor that it had disposed',
        /^Leave it/,
      ],
      ['tensors that pile up', leak, 'kept 1 tensor after its call', /in its first call only/],
      [
        'a step outside of tfjs',
        (tf, _, _t, y) => tf.tensor((y as unknown as { readonly dataSync: () => Float32Array }).dataSync(), y.shape),
        name === 'webgpu' ? 'threw: A tensor on a GPU cannot' : 'does not depend on y by differentiable operations',
        name === 'webgpu' ? /^Correct it at/ : /dataSync/,
      ],
    ])('%s', async (_, derivative, message, hint) => {
      const refusal: unknown = await use(derivative).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'usage', hint: expect.stringMatching(hint) as string });
      expect(String(refusal)).toContain(`The tfjs field "mine" ${message}`);
      for (const tensor of kept.splice(0)) tensor.dispose();
    });

    it('an operation without a gradient, when the gradient is wanted', async () => {
      const refused = use((tf, _, _t, y) => {
        const { cumprod } = tf as unknown as { readonly cumprod: (x: TfjsTensor) => TfjsTensor };
        return cumprod(y);
      });
      await expect(refused).rejects.toThrow('The tfjs field "mine" is not differentiable: ');
    });

    it('an operation without a second derivative, when an implicit method wants it', async () => {
      const refused = use((tf, _, _t, y) => {
        const { elu } = tf as unknown as { readonly elu: (x: TfjsTensor) => TfjsTensor };
        return elu(y);
      });
      await expect(refused).rejects.toThrow('has no Jacobian–vector product, which an implicit solver needs: ');
    });

    it('and leaves no tensor of the differentiation that failed', async () => {
      const { tf } = requireTfjs(await create());
      const refused = async (): Promise<number> => {
        const mistaken = use((all, _, _t, y) => {
          const { cumprod } = all as unknown as { readonly cumprod: (x: TfjsTensor) => TfjsTensor };
          return cumprod(all.tanh(y));
        });
        await expect(mistaken).rejects.toThrow('is not differentiable');
        return tf.memory().numTensors;
      };
      // Each leaves its one parameter, which is disposed with the field.
      const before = await refused();
      expect(await refused()).toBe(before + 1);
    });
  });

  it('may make constants to keep in its first call', async () => {
    const engine = await create();
    let mask: TfjsTensor | null = null;
    const field = tfjsField({
      name: 'masked',
      inputs: 2,
      parameters: {},
      field: (tf: Tf, _: Given, _t: TfjsTensor, y: TfjsTensor) => tf.mul(y, (mask ??= tf.keep(tf.ones([2])))),
    });
    const compiled = compileField(engine, field, engine.createParameters([0]), 0);
    const [y, k] = [tensorOf(engine, 1, 2, [4, 5]), engine.allocate(1, 2)];
    for (let i = 0; i < 3; i++) compiled.evaluate(0, y, k);
    expect([...(await engine.read(k))]).toEqual([4, 5]);
    (mask as TfjsTensor | null)?.dispose();
  });
});

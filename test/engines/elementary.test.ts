import { describe, expect, it } from 'vitest';
import type { Dtype, Engine } from '../../src/engines/engine.js';
import type { ActivationKind } from '../../src/engines/layer.js';
import { createEngine, type EngineName } from '../../src/engines/index.js';
import { withWebgpu } from './fixtures.js';
import { noise, tensorOf } from './tensors.js';

const bits: Readonly<Record<Dtype, { readonly mantissa: number; readonly smallestExponent: number }>> = {
  f32: { mantissa: 23, smallestExponent: -126 },
  f64: { mantissa: 52, smallestExponent: -1022 },
};

/** Size of the last place of x. */
function ulp(x: number, dtype: Dtype): number {
  const { mantissa, smallestExponent } = bits[dtype];
  let exponent = Math.max(smallestExponent, Math.floor(Math.log2(Math.abs(x))));
  if (2 ** exponent > Math.abs(x) && exponent > smallestExponent) exponent--;
  return 2 ** exponent * 2 ** -mantissa;
}

async function apply(engine: Engine, kind: ActivationKind, values: ArrayLike<number>): Promise<Float64Array> {
  const width = values.length;
  const chain = { inputs: width, outputs: width, layers: [{ kind }], parameterCount: 0 };
  const y = engine.allocate(1, width);
  engine.compile(chain, engine.createParameters([]), 0).evaluate(0, tensorOf(engine, 1, width, values), y);
  return engine.read(y);
}

async function worstError(
  dtype: Dtype,
  kind: ActivationKind,
  exact: (x: number) => number,
  values: Float64Array,
  name: EngineName = 'kernels',
): Promise<number> {
  const engine = await createEngine(name, dtype);
  const results = await apply(engine, kind, values);
  engine.dispose();
  return values.reduce((worst: number, x: number, i: number): number => {
    const error = Math.abs(results[i] - exact(x)) / ulp(exact(x), dtype);
    return Number.isNaN(error) ? Infinity : Math.max(worst, error);
  }, 0);
}

/** Numbers of every size down to the denormals, of both signs. */
function everySize(dtype: Dtype, largestExponent: number): Float64Array {
  const [mantissas, exponents] = [noise(1, 60_000, 1), noise(2, 60_000, 1)];
  const lowest = bits[dtype].smallestExponent - bits[dtype].mantissa;
  return mantissas.map((mantissa, i) => {
    const exponent = lowest + ((exponents[i] + 1) / 2) * (largestExponent - lowest);
    const value = Math.sign(mantissa) * (1 + Math.abs(mantissa)) * 2 ** Math.floor(exponent);
    return dtype === 'f32' ? Math.fround(value) : value;
  });
}

/** `count` neighbouring floats around a positive one, ascending. */
function consecutiveFloats(middle: number, count: number): Float64Array {
  const float = new Float32Array([middle]);
  const bits = new Uint32Array(float.buffer);
  const first = Math.max(0, bits[0] - count / 2);
  return Float64Array.from({ length: count }, (_, i) => {
    bits[0] = first + i;
    return float[0];
  });
}

const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

describe('the elementary functions of the kernels', () => {
  // The doubles of the host are themselves up to 1 ulp off, which only shows in f64.
  it.each([
    ['f32', 'tanh', 2],
    ['f64', 'tanh', 3],
    ['f32', 'sigmoid', 2.5],
    ['f64', 'sigmoid', 4],
  ] as const)('in %s: %s is within %d ulp over the whole range', async (dtype, kind, limit) => {
    const exact = kind === 'tanh' ? Math.tanh : sigmoid;
    expect(await worstError(dtype, kind, exact, everySize(dtype, 100))).toBeLessThanOrEqual(limit);
    expect(await worstError(dtype, kind, exact, everySize(dtype, 6))).toBeLessThanOrEqual(limit);
    for (const range of [0.5, 2, 16]) {
      expect(await worstError(dtype, kind, exact, noise(3, 60_000, range))).toBeLessThanOrEqual(limit);
    }
  });

  it('has an exponential within 2 ulp down to the last denormal, seen through the sigmoid far below zero', async () => {
    for (const [dtype, lowest] of [
      ['f32', 104],
      ['f64', 745],
    ] as const) {
      const far = noise(4, 60_000, (lowest - 40) / 2).map((x) => {
        const value = x - 40 - (lowest - 40) / 2;
        return dtype === 'f32' ? Math.fround(value) : value;
      });
      expect(await worstError(dtype, 'sigmoid', Math.exp, far)).toBeLessThanOrEqual(2);
    }
  });

  it('has a logarithm that makes the cross entropy of n equal logits log n', async () => {
    const engine = await createEngine('kernels', 'f64');
    for (const classes of [1, 2, 3, 7, 10, 64, 1000, 54_321]) {
      const logits = engine.allocate(1, classes);
      const { loss } = await engine.softmaxCrossEntropy(logits, engine.allocate(1, 1), null);
      expect(Math.abs(loss - Math.log(classes))).toBeLessThanOrEqual(2 * ulp(Math.log(classes), 'f64'));
      engine.free(logits);
    }
  });

  it.each(['f32', 'f64'] as const)(
    'in %s: keeps signs of zero, saturates at infinity and passes NaN on',
    async (dtype) => {
      const engine = await createEngine('kernels', dtype);
      const special = [0, -0, Infinity, -Infinity, NaN, 1e30, -1e30];
      expect([...(await apply(engine, 'tanh', special))]).toEqual([0, -0, 1, -1, NaN, 1, -1]);
      expect([...(await apply(engine, 'sigmoid', special))]).toEqual([0.5, 0.5, 1, 0, NaN, 1, 0]);
      expect([...(await apply(engine, 'relu', special))].map((x) => x + 0)).toEqual([
        0,
        0,
        Infinity,
        0,
        NaN,
        dtype === 'f32' ? Math.fround(1e30) : 1e30,
        0,
      ]);
    },
  );

  it('has a tanh in f32 that is within 2 ulp and never falls over consecutive floats: at every power of two, where its border lies, and into saturation', async () => {
    const engine = await createEngine('kernels', 'f32');
    const powers = Array.from({ length: 276 }, (_, i) => 2 ** (i - 148));
    for (const middle of [...powers, 0.55, 0.75, 1.2, 8.7, 8.9, 9, 9.02]) {
      const values = consecutiveFloats(middle, 4000);
      const results = await apply(engine, 'tanh', values);
      const worst = values.reduce((most, x, i) => {
        const exact = Math.tanh(x);
        return Math.max(most, Math.abs(results[i] - exact) / ulp(exact, 'f32'));
      }, 0);
      expect(worst, `around ${middle}`).toBeLessThanOrEqual(1.75);
      expect(results.every((value, i) => i === 0 || value >= results[i - 1])).toBe(true);
    }
  });

  it.each(['f32', 'f64'] as const)('in %s: tanh is odd and never leaves [−1, 1]', async (dtype) => {
    const grid = Float64Array.from({ length: 100_001 }, (_, i) => (i - 50_000) / 2048);
    const results = await apply(await createEngine('kernels', dtype), 'tanh', grid);
    expect(results.every((value, i) => Math.abs(value) <= 1 && value === -results[100_000 - i])).toBe(true);
  });
});

describe.skipIf(!withWebgpu)('the elementary functions of the webgpu engine', () => {
  // WGSL lets a device divide with 2.5 ulp more, and take denormal numbers for 0.
  it.each([
    ['tanh', Math.tanh, 2 + 2.5],
    ['sigmoid', sigmoid, 3 + 2.5],
  ] as const)('%s is within the stated error over the range of normal numbers', async (kind, exact, limit) => {
    const normal = everySize('f32', 6).filter((x) => Math.abs(x) >= 2 ** -126);
    for (const values of [normal, noise(3, 60_000, 0.5), noise(4, 60_000, 2), noise(5, 60_000, 16)]) {
      expect(await worstError('f32', kind, exact, values, 'webgpu')).toBeLessThanOrEqual(limit);
    }
  });

  it('keeps signs of zero, saturates at infinity and passes NaN on', async () => {
    const engine = await createEngine('webgpu', 'f32');
    const special = [0, -0, Infinity, -Infinity, NaN, 1e30, -1e30];
    expect([...(await apply(engine, 'tanh', special))]).toEqual([0, -0, 1, -1, NaN, 1, -1]);
    expect([...(await apply(engine, 'sigmoid', special))]).toEqual([0.5, 0.5, 1, 0, NaN, 1, 0]);
    expect((await apply(engine, 'relu', special))[4]).toBeNaN();
    engine.dispose();
  });
});

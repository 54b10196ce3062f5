/** The Taylor regulariser's field: total derivatives of the solution, and their gradient. */
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import type { Chain } from '../../src/engines/layer.js';
import { chain, concatTime, dense, power } from '../../src/models/chain.js';
import { TaylorField } from '../../src/regularizers/taylor.js';
import { derivative, dot, nets, numbers } from './nets.js';

const reference = () => createEngine('reference', 'f64');

/** [f | r'] of one row z at time t. */
async function augmented(engine: Engine, net: Chain, theta: ArrayLike<number>, order: number, t: number, z: number[]) {
  const field = new TaylorField(engine, net, engine.createParameters(theta), 0, order);
  const y = engine.allocate(1, z.length + 1);
  engine.write(y, [...z, 0.7]);
  const target = engine.allocate(1, z.length + 1);
  field.evaluate(t, y, target);
  const values = [...(await engine.read(target))];
  field.dispose();
  return { f: values.slice(0, -1), integrand: values[z.length] };
}

const meanSquare = (values: readonly number[]) => values.reduce((sum, x) => sum + x * x, 0) / values.length;

describe('The integrand of R_K', () => {
  it('is that of Aᴷ z for a linear field', async () => {
    const engine = await reference();
    const A = [0.5, -2, 1.5, 0.25];
    const apply = (z: readonly number[]) => [A[0] * z[0] + A[1] * z[1], A[2] * z[0] + A[3] * z[1]];
    let expected = [0.3, -0.8];
    for (const order of [1, 2, 3, 4, 5]) {
      expected = apply(expected);
      const { f, integrand } = await augmented(engine, chain(2, [dense(2)]), [...A, 0, 0], order, 0, [0.3, -0.8]);
      expect(f).toEqual(apply([0.3, -0.8]));
      expect(integrand / meanSquare(expected)).toBeCloseTo(1, 13);
    }
  });

  it('is that of K! zᴷ⁺¹ for z′ = z², and of its like for z′ = z³', async () => {
    const engine = await reference();
    const z = 0.7;
    for (const [order, squared, cubed] of [
      [2, 2 * z ** 3, 3 * z ** 5],
      [3, 6 * z ** 4, 15 * z ** 7],
      [4, 24 * z ** 5, 105 * z ** 9],
    ]) {
      const ofSquare = await augmented(engine, chain(1, [power(2)]), [], order, 0, [z]);
      const ofCube = await augmented(engine, chain(1, [power(3)]), [], order, 0, [z]);
      expect(ofSquare.integrand / squared ** 2).toBeCloseTo(1, 13);
      expect(ofCube.integrand / cubed ** 2).toBeCloseTo(1, 13);
    }
  });

  it('counts time: z′ = a t + b has z″ = a and no further derivative', async () => {
    const engine = await reference();
    const net = chain(1, [concatTime(), dense(1)]);
    expect((await augmented(engine, net, [0, 3, 1], 2, 0.4, [5])).integrand).toBeCloseTo(9, 13);
    expect((await augmented(engine, net, [0, 3, 1], 3, 0.4, [5])).integrand).toBe(0);
  });

  it.each(Object.entries(nets))('is that of differences of f along the flow: %s', async (_, net) => {
    const engine = await reference();
    const theta = numbers(net.parameterCount, 3);
    const start = [0.6, -0.4, 0.9].slice(0, net.inputs);
    const field = engine.compile(net, engine.createParameters(theta), 0);
    const [x, y] = [engine.allocate(1, net.inputs), engine.allocate(1, net.inputs)];
    const f = async (t: number, z: readonly number[]) => {
      engine.write(x, z);
      field.evaluate(t, x, y);
      return [...(await engine.read(y))];
    };
    const t0 = 0.2;
    const along = async (s: number) => {
      // Classic Runge–Kutta in 16 steps: error some 1e-13 for |s| ≤ 0.12.
      const h = s / 16;
      let z = start;
      for (let n = 0; n < 16; n += 1) {
        const t = t0 + n * h;
        const shift = (k: readonly number[], c: number) => z.map((value, i) => value + c * h * k[i]);
        const k1 = await f(t, z);
        const k2 = await f(t + h / 2, shift(k1, 0.5));
        const k3 = await f(t + h / 2, shift(k2, 0.5));
        const k4 = await f(t + h, shift(k3, 1));
        z = z.map((value, i) => value + (h / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]));
      }
      return f(t0 + s, z);
    };
    const h = 0.03;
    const samples = await Promise.all([-4, -3, -2, -1, 0, 1, 2, 3, 4].map((k) => along(k * h)));
    // Central differences of order 8, 8 and 6 (Fornberg 1988, table 1).
    const stencils = [
      [1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280],
      [-1 / 560, 8 / 315, -1 / 5, 8 / 5, -205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560],
      [-7 / 240, 3 / 10, -169 / 120, 61 / 30, 0, -61 / 30, 169 / 120, -3 / 10, 7 / 240],
    ];
    for (const [k, stencil] of stencils.entries()) {
      const expected = start.map(
        (_, i) =>
          dot(
            stencil,
            samples.map((sample) => sample[i]),
          ) /
          h ** (k + 1),
      );
      const { integrand } = await augmented(engine, net, theta, k + 2, t0, start);
      expect(Math.abs(integrand / meanSquare(expected) - 1)).toBeLessThan(1e-5);
    }
  });
});

describe.each([2, 3, 4])('The field of [z | r] for K = %d', (order) => {
  it.each(Object.entries(nets))('has the pullback and the pushforward of its differences: %s', async (_, net) => {
    const engine = await reference();
    const rows = 2;
    const columns = net.inputs + 1;
    const t = 0.3;
    const theta = numbers(net.parameterCount, 5);
    const start = numbers(rows * columns, 6);
    const parameters = engine.createParameters(theta);
    const field = new TaylorField(engine, net, parameters, 0, order);
    const upload = (values: ArrayLike<number>) => {
      const tensor = engine.allocate(rows, columns);
      engine.write(tensor, values);
      return tensor;
    };
    const kept = field.createActivations(rows);
    const [y, target, yBar, targetDot] = [upload(start), ...[0, 1, 2].map(() => engine.allocate(rows, columns))];
    const [thetaDot, yDot, bar] = [numbers(theta.length, 7), numbers(start.length, 8), numbers(start.length, 9)];
    const at = async (shift: number, parts: { theta?: boolean; time?: boolean }) => {
      const moved = (x: Float64Array, xDot: Float64Array) => x.map((value, k) => value + shift * xDot[k]);
      if (parts.theta === true) engine.writeParameters(parameters, moved(theta, thetaDot));
      field.evaluate(t + (parts.time === true ? shift : 0), upload(moved(start, yDot)), target);
      engine.writeParameters(parameters, theta);
      return dot(bar, await engine.read(target));
    };

    field.evaluate(t, y, target, kept);
    engine.fill(parameters.gradient, 0);
    field.pullback(t, y, target, kept, upload(bar), yBar);
    const gradient = await engine.read(parameters.gradient);
    const stateBar = await engine.read(yBar);
    const size = Math.hypot(...gradient, ...stateBar);
    const expected = await derivative((shift) => at(shift, { theta: true }));
    expect(Math.abs(dot(gradient, thetaDot) + dot(stateBar, yDot) - expected)).toBeLessThan(1e-7 * size);
    expect([stateBar[columns - 1], stateBar[2 * columns - 1]]).toEqual([0, 0]);

    field.pullbackInput(t, y, target, kept, upload(bar), yBar);
    expect(await engine.read(yBar)).toEqual(stateBar);
    expect(await engine.read(parameters.gradient)).toEqual(gradient);

    field.pushforward(t, y, target, kept, 1, upload(yDot), targetDot);
    const pushed = dot(bar, await engine.read(targetDot));
    expect(Math.abs(pushed - (await derivative((shift) => at(shift, { time: true }))))).toBeLessThan(1e-7 * size);
    field.dispose();
    kept.dispose();
  });

  it('is the same in the kernels, and shares its place in the parameters with the plain field', async () => {
    const net = nets['time twice – tanh'];
    const theta = numbers(net.parameterCount + 4, 11);
    const results = await Promise.all(
      (['reference', 'kernels'] as const).map(async (name) => {
        const engine = await createEngine(name, 'f64');
        const parameters = engine.createParameters(theta);
        const field = new TaylorField(engine, net, parameters, 4, order);
        const plain = engine.compile(net, parameters, 4);
        const y = engine.allocate(5, 4);
        engine.write(y, numbers(20, 12));
        const z = engine.allocate(5, 3);
        engine.copyColumns(z, 0, y, 0, 3);
        const [target, f] = [engine.allocate(5, 4), engine.allocate(5, 3)];
        const kept = field.createActivations(5);
        field.evaluate(0.1, y, target, kept);
        plain.evaluate(0.1, z, f);
        engine.copyColumns(z, 0, target, 0, 3);
        expect(await engine.rmsDifference(z, f)).toBeLessThan(1e-14);
        engine.fill(target, 1);
        field.pullback(0.1, y, target, kept, target, y);
        return [...(await engine.read(y)), ...(await engine.read(parameters.gradient))];
      }),
    );
    results[0].forEach((value, k) =>
      expect(Math.abs(results[1][k] - value)).toBeLessThan(1e-10 * Math.hypot(...results[0])),
    );
    expect(results[0].slice(20, 24)).toEqual([0, 0, 0, 0]);
  });
});

it('activations of another size or another field are refused', async () => {
  const engine = await reference();
  const net = nets.relu;
  const parameters = engine.createParameters(numbers(net.parameterCount, 1));
  const field = new TaylorField(engine, net, parameters, 0, 2);
  const [y, target] = [engine.allocate(2, 3), engine.allocate(2, 3)];
  expect(() => field.evaluate(0, y, target, field.createActivations(3))).toThrow('hold 3 rows, but 2');
  const foreign = engine.compile(net, parameters, 0).createActivations(2);
  expect(() => field.evaluate(0, y, target, foreign)).toThrow('another field');
});

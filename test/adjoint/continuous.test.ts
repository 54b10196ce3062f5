import { describe, expect, it } from 'vitest';
import type { AdjointSettings } from '../../src/adjoint/create-adjoint.js';
import { createAdjoint } from '../../src/adjoint/create-adjoint.js';
import { createEngine } from '../../src/engines/index.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { dot, numbers } from './numbers.js';
import { gradientOf, lossOf, nets, type Scenario } from './scenarios.js';

const modes = ['backsolve', 'interpolating'] as const;

const scenario: Scenario = {
  tableau: tableaux.tsit5,
  chain: nets[1],
  rows: 2,
  saveat: [0, 2.1, 5],
  t1: 5,
  tolerance: 1e-6,
  aggregation: { aggregate: 'sum', weightByStep: true, square: false, countInitialCallback: false },
  errorWeight: 0,
  stiffnessWeight: 0,
  stiffnessNorm: 'rms',
  seed: 8,
};

const backward = (mode: (typeof modes)[number]) => ({ mode, controller: 'integral', maxSteps: 100_000 }) as const;

/** Gradient by parameters and initial state as one vector. */
async function vectorOf(tolerance: number, drawn: Scenario, settings: AdjointSettings): Promise<Float64Array> {
  const engine = await createEngine('reference', 'f64');
  const { gradient, startGradient, statistics } = await gradientOf({ ...drawn, tolerance }, engine, settings);
  expect(statistics.outcome.state).toBe('success');
  return Float64Array.from([...gradient, ...startGradient]);
}

function distance(a: Float64Array, b: Float64Array): number {
  const gap = a.map((value, k) => value - b[k]);
  return Math.sqrt(dot(gap, gap) / dot(b, b));
}

const tolerances = [1e-4, 1e-5, 1e-6, 1e-7, 1e-8];

/** Slope of log(distance) against log(tolerance), by least squares. */
function slope(distances: readonly number[]): number {
  const x = tolerances.map(Math.log10);
  const y = distances.map(Math.log10);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  return (
    dot(
      x.map((value) => value - mx),
      y.map((value) => value - my),
    ) / x.reduce((sum, value) => sum + (value - mx) ** 2, 0)
  );
}

describe.each(modes)('The %s adjoint', (mode) => {
  it.each([
    ['tsit5', tableaux.tsit5, nets[1], 5, 1],
    ['bosh3 backwards in time', tableaux.bosh3, nets[1], -5, 1],
    // Hermite output is of order 4, the method of order 5.
    ['rkf45, not FSAL', tableaux.rkf45, nets[2], 5, 4 / 5],
  ] as const)(
    'differs from the discrete one by the tolerance, and both meet as it goes to 0 (%s)',
    async (_, tableau, chain, t1, expected) => {
      const saveat = scenario.saveat.map((time) => time * Math.sign(t1));
      const drawn = { ...scenario, tableau, chain, t1, saveat };
      const exact = await vectorOf(1e-12, { ...drawn, tableau: tableaux.tsit5 }, { mode: 'checkpoint' });
      const distances: number[] = [];
      for (const tolerance of tolerances) {
        const discrete = await vectorOf(tolerance, drawn, { mode: 'checkpoint' });
        const continuous = await vectorOf(tolerance, drawn, backward(mode));
        distances.push(distance(continuous, discrete));
        expect(distance(continuous, exact)).toBeLessThan(30 * tolerance);
      }
      expect(Math.abs(slope(distances) - expected)).toBeLessThan(0.2);
    },
  );

  it('is the derivative as the tolerance goes to 0, by each way of measuring it', async () => {
    const exact = await vectorOf(1e-11, scenario, backward(mode));
    const discrete = await vectorOf(1e-11, scenario, { mode: 'stages' });
    expect(distance(exact, discrete)).toBeLessThan(1e-9);
  });

  it('takes cotangents at output times and the end alike, and many outputs at one time', async () => {
    const drawn = { ...scenario, saveat: [0.3, 0.3, 0.3, 5] };
    expect(
      distance(await vectorOf(1e-10, drawn, backward(mode)), await vectorOf(1e-10, drawn, { mode: 'checkpoint' })),
    ).toBeLessThan(1e-8);
  });

  it('refuses to carry the gradient of a regulariser', async () => {
    const engine = await createEngine('reference', 'f64');
    for (const weights of [{ errorWeight: 1 }, { stiffnessWeight: 1 }]) {
      await expect(gradientOf({ ...scenario, ...weights }, engine, backward(mode))).rejects.toThrow('cannot carry');
    }
  });

  it('says when it could not get back to the start', async () => {
    const engine = await createEngine('reference', 'f64');
    const { statistics } = await gradientOf(scenario, engine, { mode, controller: 'pi', maxSteps: 2 });
    expect(statistics.outcome.state).toBe('max_steps');
    expect(statistics.outcome.t).toBeGreaterThan(0);
  });

  it('needs a method with an error estimate', async () => {
    const engine = await createEngine('reference', 'f64');
    const net = nets[0];
    const field = engine.compile(net, engine.createParameters(numbers(net.parameterCount, 5)), 0);
    const tableau = tableaux.midpoint;
    const create = () => createAdjoint(backward(mode), { engine, field, tableau, rows: 1, columns: 2 });
    expect(create).toThrow('has no error estimate');
  });
});

describe('What the continuous adjoints hold', () => {
  it('is nothing for backsolve and stages without activations for interpolating', async () => {
    const engine = await createEngine('reference', 'f64');
    const { statistics } = await gradientOf(scenario, engine, backward('backsolve'));
    expect(statistics.held).toEqual({ states: 0, stages: 0 });
    const { statistics: other, grid } = await gradientOf(scenario, engine, backward('interpolating'));
    expect(other.held).toEqual({ states: grid.steps.length, stages: 6 * grid.steps.length + 1 });
  });
});

describe('A solve over no time', () => {
  it.each([
    { mode: 'checkpoint' },
    { mode: 'stages' },
    { mode: 'binomial', states: 1 },
    backward('backsolve'),
    backward('interpolating'),
  ] as const)('hands its cotangents back as they are ($mode)', async (settings) => {
    const engine = await createEngine('reference', 'f64');
    const drawn = { ...scenario, t1: 0, saveat: [0] };
    const { gradient, startGradient } = await gradientOf(drawn, engine, settings);
    const { endBar, outputBars } = lossOf(drawn);
    expect(startGradient).toEqual(endBar.map((value, k) => value + outputBars[0][k]));
    expect(gradient.every((value) => value === 0)).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { Solver } from '../../src/ode/solver.js';
import { fixedStepNames, tableaux } from '../../src/ode/tableaux/index.js';
import type { StepRegularizer } from '../../src/regularizers/regularizer.js';
import { complexStep } from './complex-replay.js';
import { dot, numbers } from './numbers.js';
import { gradientOf, lossOf, nets, scenarios, type Scenario } from './scenarios.js';

const modes = [{ mode: 'checkpoint' }, { mode: 'stages' }, { mode: 'binomial', states: 2 }] as const;

interface Direction {
  readonly theta: Float64Array;
  readonly start: Float64Array;
}

/** The adjoint's slope along one direction, and that by complex step on the same grid. */
async function slopes(scenario: Scenario, engine: Engine, settings: (typeof modes)[number]) {
  const { gradient, startGradient, grid } = await gradientOf(scenario, engine, settings);
  const { theta, start, error, stiffness } = lossOf(scenario);
  const direction: Direction = {
    theta: numbers(theta.length, scenario.seed + 91),
    start: numbers(start.length, scenario.seed + 92),
  };
  const adjoint = dot(gradient, direction.theta) + dot(startGradient, direction.start);
  const { slope: exact, conditions } = complexStep(scenario, grid, direction);
  const length = (...vectors: readonly Float64Array[]) => Math.sqrt(vectors.reduce((sum, v) => sum + dot(v, v), 0));
  const size = length(gradient, startGradient) * length(direction.theta, direction.start);
  const condition = (weight: number, which: 'error' | 'stiffness', regularizer: StepRegularizer): number => {
    if (weight === 0) return 0;
    const { sensitivities } = regularizer.evaluate(grid.steps);
    return weight * conditions.reduce((sum, step, j) => sum + step[which] * Math.abs(sensitivities[j]), 0);
  };
  const epsilon = engine.dtype === 'f32' ? 2 ** -24 : 2 ** -53;
  const { errorWeight, stiffnessWeight } = scenario;
  const rounding = condition(errorWeight, 'error', error) + condition(stiffnessWeight, 'stiffness', stiffness);
  return { adjoint, exact, size, direction, noise: rounding * epsilon };
}

/** The loss with parameters and initial state moved along a direction, on steps that adapt anew. */
async function adaptedLoss(scenario: Scenario, engine: Engine, direction: Direction, shift: number): Promise<number> {
  const { rows, tableau, t1, tolerance, errorWeight } = scenario;
  const { theta, start, endBar, error } = lossOf(scenario);
  const moved = (values: Float64Array, along: Float64Array) => values.map((value, k) => value + shift * along[k]);
  const field = engine.compile(scenario.chain, engine.createParameters(moved(theta, direction.theta)), 0);
  const columns = scenario.chain.inputs;
  const y0 = engine.allocate(rows, columns);
  engine.write(y0, moved(start, direction.start));
  const { y1, grid } = await new Solver({ engine, field, tableau, rows, columns }).solve({
    y0,
    t0: 0,
    t1,
    saveat: [],
    atol: tolerance,
    rtol: tolerance,
    controller: 'integral',
    maxSteps: 1000,
    keepStates: false,
    stiffness: null,
  });
  return dot(await engine.read(y1), endBar) + errorWeight * error.evaluate(grid.steps).value;
}

describe('The discrete adjoint', () => {
  // What rounding leaves of the slopes of E and S bounds any comparison: cases where that is too little (f64: 2 %
  // of them, f32: 8 %) are drawn again, the others held to the tolerance and 30 times that noise.
  it.each([
    ['reference', 'f64', 1e-10, 1e-8, 300],
    ['kernels', 'f64', 1e-10, 1e-8, 300],
    ['kernels', 'f32', 1e-4, 1e-2, 300],
  ] as const)(
    'is the complex-step derivative on the frozen grid, for every pair, mode, net, output time and regulariser (%s, %s)',
    async (name, dtype, tolerance, mostNoise, numRuns) => {
      const engine = await createEngine(name, dtype);
      await fc.assert(
        fc.asyncProperty(scenarios, fc.constantFrom(...modes), async (scenario, settings) => {
          const { adjoint, exact, size, noise } = await slopes(scenario, engine, settings);
          fc.pre(30 * noise <= mostNoise * size);
          expect(Math.abs(adjoint - exact)).toBeLessThanOrEqual(tolerance * Math.max(size, 1e-3) + 30 * noise);
        }),
        { numRuns, seed: 1 },
      );
      engine.dispose();
    },
  );

  const scenario: Scenario = {
    tableau: tableaux.tsit5,
    chain: nets[0],
    rows: 2,
    saveat: [],
    t1: 1.2,
    tolerance: 1e-3,
    aggregation: { aggregate: 'sum', weightByStep: true, square: false, countInitialCallback: false },
    errorWeight: 10,
    stiffnessWeight: 0,
    stiffnessNorm: 'rms',
    seed: 3,
  };

  it.each(modes)('serves methods without an estimate, on constant steps ($mode)', async (mode) => {
    const engine = await createEngine('reference', 'f64');
    for (const name of fixedStepNames) {
      const tableau = tableaux[name];
      for (const saveat of [[], [0, 0.35, 1.2]]) {
        const drawn = { ...scenario, tableau, saveat, dt: 0.1, errorWeight: 0, stiffnessNorm: null };
        const { adjoint, exact, size } = await slopes(drawn, engine, mode);
        expect(Math.abs(adjoint - exact)).toBeLessThan(1e-13 * size);
      }
    }
  });

  it('sees R_E: its weight changes the gradient', async () => {
    const engine = await createEngine('reference', 'f64');
    const weighted = await slopes(scenario, engine, { mode: 'checkpoint' });
    const plain = await slopes({ ...scenario, errorWeight: 0 }, engine, { mode: 'checkpoint' });
    expect(Math.abs(weighted.adjoint - plain.adjoint)).toBeGreaterThan(1e-3 * Math.abs(plain.adjoint));
  });

  it('freezes the grid: a difference of solves that adapt anew is another number', async () => {
    const engine = await createEngine('reference', 'f64');
    const { adjoint, exact, size, direction } = await slopes(scenario, engine, { mode: 'checkpoint' });
    const loss = (shift: number) => adaptedLoss(scenario, engine, direction, shift);
    const central = async (h: number) => ((await loss(h)) - (await loss(-h))) / (2 * h);
    const difference = (4 * (await central(1e-5)) - (await central(2e-5))) / 3;
    expect(Math.abs(adjoint - exact)).toBeLessThan(1e-12 * size);
    expect(Math.abs(adjoint - difference)).toBeGreaterThan(1e-3 * size);
  });
});

/** Steps as one operation of the engine against the operations one by one, which define them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StepPullback } from '../../src/adjoint/step-pullback.js';
import type { AdjointSettings } from '../../src/adjoint/create-adjoint.js';
import { createEngine } from '../../src/engines/index.js';
import { createKernelsEngine } from '../../src/engines/kernels/engine.js';
import type { Chain, Layer } from '../../src/engines/layer.js';
import { Solver } from '../../src/ode/solver.js';
import { Stepper } from '../../src/ode/step.js';
import { solverNames, tableaux } from '../../src/ode/tableaux/index.js';
import { chainsOfWidth } from '../engines/arbitraries.js';
import { numbers } from './numbers.js';
import { gradientOf, nets, scenarios, stepwise, type Scenario } from './scenarios.js';

/** Any chain, closed by a dense layer and tanh: as many outputs as inputs, and slopes that stay bounded. */
const fields: fc.Arbitrary<Chain> = chainsOfWidth(9).map(({ inputs, outputs, layers, parameterCount }) => {
  const ends: readonly Layer[] = [{ kind: 'dense', inputs: outputs, outputs: inputs }, { kind: 'tanh' }];
  return {
    inputs,
    outputs: inputs,
    layers: [...layers, ...ends],
    parameterCount: parameterCount + (outputs + 1) * inputs,
  };
});

/** Every method: those without an estimate, and every second time the others, in steps of one size. */
const anyScenario: fc.Arbitrary<Scenario> = fc
  .record({
    scenario: scenarios,
    chain: fc.oneof(fc.constantFrom(...nets), fields),
    name: fc.constantFrom(...solverNames),
    rows: fc.constantFrom(1, 2, 3, 7, 50),
    dt: fc.constantFrom(undefined, 0.3, 0.17),
    manyOutputs: fc.integer({ min: 0, max: 4 }).map((draw) => draw === 0),
  })
  .map(({ scenario, chain, name, rows, dt, manyOutputs }) => {
    const tableau = tableaux[name];
    const constant = dt ?? (tableau.errorWeights === null ? 0.25 : undefined);
    const saveat = manyOutputs ? Array.from({ length: 150 }, (_, k) => ((k + 1) * scenario.t1) / 160) : scenario.saveat;
    return {
      ...scenario,
      chain,
      tableau,
      rows,
      saveat,
      errorWeight: tableau.errorWeights === null ? 0 : scenario.errorWeight,
      stiffnessWeight: tableau.b.length < 2 ? 0 : scenario.stiffnessWeight,
      stiffnessNorm: tableau.b.length < 2 ? null : scenario.stiffnessNorm,
      ...(constant === undefined ? {} : { dt: constant }),
    };
  });

const discrete: fc.Arbitrary<AdjointSettings> = fc.constantFrom(
  { mode: 'auto', bytes: 3000 },
  { mode: 'checkpoint' },
  { mode: 'stages' },
  { mode: 'binomial', states: 2 },
);

const continuous: fc.Arbitrary<AdjointSettings> = fc.constantFrom(
  { mode: 'interpolating', controller: 'integral', maxSteps: 999 },
  { mode: 'backsolve', controller: 'integral', maxSteps: 999 },
);

describe.each(['f32', 'f64'] as const)('Steps as one call of the kernels in %s', (dtype) => {
  it('are the same bits as operation by operation, with every discrete adjoint', async () => {
    const engine = await createEngine('kernels', dtype);
    let [withEstimates, stiff, crowded] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(anyScenario, discrete, async (scenario, settings) => {
        const fused = await gradientOf(scenario, engine, settings);
        expect(fused).toEqual(await gradientOf(scenario, engine, settings, stepwise));
        withEstimates += scenario.errorWeight > 0 ? 1 : 0;
        stiff += scenario.stiffnessWeight > 0 ? 1 : 0;
        crowded += scenario.saveat.length > 100 ? 1 : 0;
      }),
      { numRuns: 150, seed: 31 },
    );
    for (const cases of [withEstimates, stiff, crowded]) expect(cases).toBeGreaterThan(15);
    engine.dispose();
  });

  it('are the same bits with the continuous adjoints', async () => {
    const engine = await createEngine('kernels', dtype);
    await fc.assert(
      fc.asyncProperty(scenarios, continuous, async (scenario, settings) => {
        const plain = { ...scenario, tolerance: 1e-3, errorWeight: 0, stiffnessWeight: 0 };
        expect(await gradientOf(plain, engine, settings)).toEqual(await gradientOf(plain, engine, settings, stepwise));
      }),
      { numRuns: 30, seed: 32 },
    );
    engine.dispose();
  });
});

describe('Steps as one call of the kernels', () => {
  async function setUp() {
    const engine = await createKernelsEngine({ dtype: 'f32' });
    const [net] = nets;
    const parameters = engine.createParameters(numbers(net.parameterCount, 5));
    const field = engine.compile(net, parameters, 0);
    expect('fuseSteps' in field).toBe(true);
    const options = { engine, field, tableau: tableaux.tsit5, rows: 2, columns: 2 };
    const [y, y1] = [0, 1].map(() => engine.allocate(2, 2));
    return { engine, parameters, field, options, y, y1 };
  }

  it('leave no memory behind, over many solves of fields that come and go', async () => {
    const engine = await createKernelsEngine({ dtype: 'f32' });
    const saveat = Array.from({ length: 40 }, (_, k) => k / 40);
    const [net] = nets;
    const cycle = async (): Promise<void> => {
      const parameters = engine.createParameters(numbers(net.parameterCount, 5));
      const field = engine.compile(net, parameters, 0);
      const solver = new Solver({ engine, field, tableau: tableaux.tsit5, rows: 300, columns: 2 });
      const steps = new StepPullback({ engine, field, tableau: tableaux.tsit5, rows: 300, columns: 2 });
      const y0 = engine.allocate(300, 2);
      await solver.solve({
        ...{ y0, t0: 0, t1: 1, saveat, rtol: 1e-3, atol: 1e-3, controller: 'integral', maxSteps: 99 },
        ...{ keepStates: false, stiffness: null },
      });
      for (const part of [steps, solver, field, parameters]) part.dispose();
      engine.free(y0);
    };
    await cycle();
    const bytes = engine.memoryBytes;
    for (let k = 0; k < 200; k++) await cycle();
    expect(engine.memoryBytes).toBe(bytes);
  });

  it('see the parameters as they are at each step', async () => {
    const { engine, parameters, options, y, y1 } = await setUp();
    engine.write(y, [1, 0.5, -1, 0.25]);
    const stepper = new Stepper(options, { keepStates: false });
    const step = (): Float64Array => {
      stepper.evaluateFirst(0, y);
      void stepper.attempt(0, 0.1, y, y1, null);
      return engine.read(y1);
    };
    const before = step();
    engine.writeParameters(parameters, numbers(parameters.count, 6));
    const after = step();
    expect(after).not.toEqual(before);
    engine.writeParameters(parameters, numbers(parameters.count, 5));
    expect(step()).toEqual(before);
  });

  it('refuse states of another shape, and everything after what they need is gone', async () => {
    const { engine, field, options, parameters, y, y1 } = await setUp();
    const stepper = new Stepper(options, { keepStates: false });
    const attempt = () => stepper.attempt(0, 0.1, y, y1, null);
    const wide = engine.allocate(2, 3);
    expect(() => stepper.attempt(0, 0.1, wide, y1, null)).toThrow('expected a 2 × 2 tensor, got 2 × 3');
    expect(attempt).not.toThrow();
    const other = new Stepper(options, { keepStates: false });
    other.dispose();
    expect(() => other.attempt(0, 0.1, y, y1, null)).toThrow('disposed');
    engine.free(y1);
    expect(attempt).toThrow('freed');
    parameters.dispose();
    expect(attempt).toThrow('The chain or its parameters were disposed');
    field.dispose();
    expect(attempt).toThrow('The chain or its parameters were disposed');
  });

  it('need a field whose values are like its states', async () => {
    const { engine } = await setUp();
    const narrow: Chain = {
      inputs: 3,
      outputs: 2,
      layers: [{ kind: 'dense', inputs: 3, outputs: 2 }],
      parameterCount: 8,
    };
    const field = engine.compile(narrow, engine.createParameters(numbers(8, 1)), 0);
    const options = { engine, field, tableau: tableaux.tsit5, rows: 2, columns: 3 };
    expect(() => new Stepper(options, { keepStates: false })).toThrow('3 inputs and 2 outputs');
  });
});

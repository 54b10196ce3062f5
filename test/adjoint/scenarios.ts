/**
 * Small random solves with a loss, for every adjoint: pair × net × output times × regularisers × direction of time.
 *
 * loss = Σ_m c_m · y(t_m) + c · y1 + λ_E R_E + λ_S R_S with fixed random c.
 */
import fc from 'fast-check';
import { createAdjoint, type AdjointSettings } from '../../src/adjoint/create-adjoint.js';
import type { CompiledChain, Engine, Tensor } from '../../src/engines/engine.js';
import type { Chain } from '../../src/engines/layer.js';
import { activation, chain, concatTime, dense, power } from '../../src/models/chain.js';
import { Solver } from '../../src/ode/solver.js';
import type { StiffnessNorm } from '../../src/ode/stiffness.js';
import type { Tableau } from '../../src/ode/tableau.js';
import type { VectorField } from '../../src/ode/vector-field.js';
import { pairNames, tableaux } from '../../src/ode/tableaux/index.js';
import { errorRegularizer } from '../../src/regularizers/error.js';
import type { AggregationSettings } from '../../src/regularizers/aggregation.js';
import type { StepRegularization } from '../../src/regularizers/regularizer.js';
import { stiffnessRegularizer } from '../../src/regularizers/stiffness.js';
import { numbers } from './numbers.js';

export interface Scenario {
  readonly tableau: Tableau;
  readonly chain: Chain;
  readonly rows: number;
  readonly saveat: readonly number[];
  readonly t1: number;
  readonly tolerance: number;
  readonly aggregation: AggregationSettings;
  readonly errorWeight: number;
  readonly stiffnessWeight: number;
  /** Null: no estimates. */
  readonly stiffnessNorm: StiffnessNorm | null;
  /** Size of constant steps; absent: adaptive ones. */
  readonly dt?: number;
  readonly seed: number;
}

/** What R_S is divided by. */
export const stabilitySize = 3;

export const nets: readonly Chain[] = [
  chain(2, [power(3), dense(6), activation('tanh'), dense(2)]),
  chain(3, [concatTime(), dense(5), activation('tanh'), concatTime(), dense(3), activation('tanh')]),
  chain(1, [concatTime(), dense(4), activation('sigmoid'), dense(1)]),
];

export const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    tableau: fc.constantFrom(...pairNames).map((name) => tableaux[name]),
    chain: fc.constantFrom(...nets),
    rows: fc.integer({ min: 1, max: 3 }),
    saveat: fc.constantFrom([], [0, 0.31, 0.77, 1.2], [1.2], [0.1, 0.11, 0.12, 0.13, 0.5]),
    t1: fc.constantFrom(1.2, -1.2),
    tolerance: fc.constantFrom(1e-2, 1e-3, 1e-4),
    aggregation: fc.record({
      aggregate: fc.constantFrom('sum' as const, 'mean' as const, 'max' as const),
      weightByStep: fc.boolean(),
      square: fc.boolean(),
      countInitialCallback: fc.boolean(),
    }),
    errorWeight: fc.constantFrom(0, 0.5),
    stiffnessWeight: fc.constantFrom(0, 0.25),
    stiffnessNorm: fc.constantFrom('rms' as const, 'max' as const),
    seed: fc.integer({ min: 0, max: 10_000 }),
  })
  .map((drawn) => ({ ...drawn, saveat: drawn.t1 < 0 ? drawn.saveat.map((time) => -time) : drawn.saveat }));

/** What a scenario's loss is made of, on the host. */
export function lossOf({ chain: { inputs, parameterCount }, rows, saveat, aggregation, seed }: Scenario) {
  const entries = rows * inputs;
  return {
    theta: numbers(parameterCount, seed),
    start: numbers(entries, seed + 7).map((value) => 1.5 * value),
    endBar: numbers(entries, seed + 13),
    outputBars: saveat.map((_, m) => numbers(entries, seed + 17 + m)),
    error: errorRegularizer(aggregation),
    stiffness: stiffnessRegularizer({ ...aggregation, stabilitySize }),
  };
}

/** The chain as a field whose steps are taken operation by operation, whatever its engine offers. */
export function stepwise(chain: CompiledChain): VectorField {
  return {
    createActivations: (rows) => chain.createActivations(rows),
    evaluate: (...of) => chain.evaluate(...of),
    pullback: (...of) => chain.pullback(...of),
    pullbackInput: (...of) => chain.pullbackInput(...of),
    pushforward: (...of) => chain.pushforward(...of),
  };
}

/** The solve of a scenario on an engine and its gradient by one adjoint. @param view the field as solver and adjoint see it */
export async function gradientOf(
  scenario: Scenario,
  engine: Engine,
  settings: AdjointSettings,
  view: (chain: CompiledChain) => VectorField = (chain) => chain,
) {
  const { rows, tableau, t1, saveat, tolerance, errorWeight, stiffnessWeight, stiffnessNorm } = scenario;
  const { theta, start, endBar, outputBars, error, stiffness } = lossOf(scenario);
  const columns = scenario.chain.inputs;
  const parameters = engine.createParameters(theta);
  const compiled = engine.compile(scenario.chain, parameters, 0);
  const options = { engine, field: view(compiled), tableau, rows, columns };
  const tensors: Tensor[] = [];
  const upload = (values: Float64Array): Tensor => {
    const tensor = engine.allocate(rows, columns);
    tensors.push(tensor);
    engine.write(tensor, values);
    return tensor;
  };
  const solver = new Solver(options);
  const adjoint = createAdjoint(settings, options);
  const solution = await solver.solve({
    ...adjoint.keep,
    y0: upload(start),
    t0: 0,
    t1,
    saveat,
    atol: tolerance,
    rtol: tolerance,
    controller: scenario.dt === undefined ? 'integral' : { kind: 'constant', dt: scenario.dt },
    maxSteps: 1000,
    stiffness: stiffnessNorm,
  });
  if (solution.outcome.state !== 'success') throw new Error(solution.outcome.advice);
  const { grid } = solution;
  const weighted = (weight: number, evaluate: () => StepRegularization) =>
    weight === 0 ? null : evaluate().sensitivities.map((value) => weight * value);
  const y0Bar = upload(start);
  const statistics = await adjoint.pullback(solution, {
    atol: tolerance,
    rtol: tolerance,
    outputBars: outputBars.map(upload),
    y1Bar: upload(endBar),
    errorBars: weighted(errorWeight, () => error.evaluate(grid.steps)),
    stiffnessBars: weighted(stiffnessWeight, () => stiffness.evaluate(grid.steps)),
    y0Bar,
  });
  const gradient = await engine.read(parameters.gradient);
  const startGradient = await engine.read(y0Bar);
  for (const part of [solver, adjoint, compiled, parameters]) part.dispose();
  for (const tensor of tensors) engine.free(tensor);
  return { gradient, startGradient, grid, statistics, solved: solution.statistics };
}

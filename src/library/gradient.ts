/**
 * `gradient`: of loss + λ_E R_E + λ_S R_S by the parameters of a net and by its initial states, in one call.
 *
 * The solve runs forward, the loss is taken of its states by a plain function, the adjoint goes back through the
 * accepted grid (arXiv 2105.03918). For training loops, bind `Solver` and `createAdjoint` once instead.
 */
import { UserError } from '../errors.js';
import { createAdjoint, type AdjointSettings } from '../adjoint/create-adjoint.js';
import type { AdjointResult } from '../adjoint/adjoint.js';
import { createEngine, type EngineName } from '../engines/index.js';
import type { Dtype, Engine, Tensor } from '../engines/engine.js';
import type { Chain } from '../engines/layer.js';
import type { SolveOutcome, SolveStatistics } from '../ode/outcome.js';
import type { SolveRequest } from '../ode/solve-request.js';
import { Solver } from '../ode/solver.js';
import type { Tableau } from '../ode/tableau.js';
import type { SolverName } from '../ode/tableaux/index.js';
import { regularizerPresets, type RegularizerPreset } from '../regularizers/presets.js';
import { createRegularizers } from '../regularizers/regularizer-set.js';
import { readAll, tableauOf } from './solve.js';

/** rows × columns entries, row-major: one row for each initial state. */
export interface SolvedStates {
  readonly y1: Float64Array;
  /** At the times of `saveat`, in order. */
  readonly outputs: readonly Float64Array[];
}

export interface LossWithCotangents {
  readonly loss: number;
  /** ∂loss/∂y1 and ∂loss/∂outputs, each like the states; absent: none. */
  readonly y1Bar?: ArrayLike<number>;
  readonly outputBars?: readonly ArrayLike<number>[];
}

type Choices = Pick<SolveRequest, 'controller' | 'firstStep' | 'dtMin' | 'dtMax' | 'maxSteps' | 'saveat'>;

export interface GradientOptions extends Partial<Choices> {
  /** dy/dt = field(t, y), as many outputs as inputs. */
  readonly field: Chain;
  /** `field.parameterCount` numbers. */
  readonly parameters: ArrayLike<number>;
  /** Initial states, one row each. */
  readonly y0: readonly ArrayLike<number>[];
  readonly loss: (states: SolvedStates) => LossWithCotangents;
  /** Default: 0. */
  readonly t0?: number;
  readonly t1: number;
  /** Default: tsit5. */
  readonly solver?: SolverName | Tableau;
  /** Default: 1e-6. */
  readonly rtol?: number;
  /** Default: rtol. */
  readonly atol?: number;
  /** λ_E and λ_S; default: 0. */
  readonly errorWeight?: number;
  readonly stiffnessWeight?: number;
  /** What R_E and R_S are; default: paper_text. */
  readonly regularizer?: RegularizerPreset;
  /** Default: checkpoint. */
  readonly adjoint?: AdjointSettings;
  /** Default: kernels, f64. */
  readonly engine?: EngineName;
  readonly dtype?: Dtype;
}

export type Gradient =
  | {
      readonly state: 'success';
      readonly statistics: SolveStatistics;
      readonly adjoint: AdjointResult;
      /** Without regularisers. */
      readonly loss: number;
      /** Without their weights; null where λ is 0. */
      readonly errorRegularizer: number | null;
      readonly stiffnessRegularizer: number | null;
      /** By the parameters, and by the initial states (row-major). */
      readonly parameters: Float64Array;
      readonly y0: Float64Array;
    }
  /** The solve, or the backward solve of a continuous adjoint, stopped early. */
  | { readonly state: 'stopped'; readonly outcome: SolveOutcome; readonly statistics: SolveStatistics };

/** @throws UserError if an option means nothing, saying what was expected and what came */
export async function gradient(options: GradientOptions): Promise<Gradient> {
  const rows = checkShapes(options);
  const engine = await createEngine(options.engine ?? 'kernels', options.dtype ?? 'f64');
  try {
    return await onEngine(engine, rows, options);
  } finally {
    engine.dispose();
  }
}

async function onEngine(engine: Engine, rows: number, options: GradientOptions): Promise<Gradient> {
  const { field: layers, loss, t0 = 0, t1, solver = 'tsit5', rtol = 1e-6, atol = rtol } = options;
  const { controller = 'integral', maxSteps = 100_000, saveat = [], firstStep, dtMin, dtMax } = options;
  const { errorWeight = 0, stiffnessWeight = 0, regularizer = 'paper_text' } = options;
  const columns = layers.inputs;
  const tensor = (values: ArrayLike<number>): Tensor => {
    const made = engine.allocate(rows, columns);
    engine.write(made, values);
    return made;
  };
  const parameters = engine.createParameters(options.parameters);
  const tableau = tableauOf(solver);
  const shape = { engine, field: engine.compile(layers, parameters, 0), tableau, rows, columns };
  const adjoint = createAdjoint(options.adjoint ?? { mode: 'auto' }, shape);
  const preset = regularizerPresets[regularizer];
  const solution = await new Solver(shape).solve({
    ...adjoint.keep,
    ...(firstStep === undefined ? {} : { firstStep }),
    ...(dtMin === undefined ? {} : { dtMin }),
    ...(dtMax === undefined ? {} : { dtMax }),
    y0: tensor(options.y0.flatMap((row) => Array.from(row))),
    t0,
    t1,
    rtol,
    atol,
    controller,
    maxSteps,
    saveat,
    stiffness: stiffnessWeight === 0 ? null : preset.stiffness.norm,
  });
  const { outcome, statistics, grid } = solution;
  if (outcome.state !== 'success') return { state: 'stopped', outcome, statistics };

  const states = { y1: await engine.read(solution.y1), outputs: await readAll(engine, solution.outputs) };
  const { loss: value, y1Bar, outputBars = [] } = loss(states);
  checkCotangents(rows * columns, saveat.length, y1Bar, outputBars);
  const regularizers = createRegularizers(preset, tableau);
  const error = errorWeight === 0 ? null : regularizers.error.evaluate(grid.steps);
  const stiffness = stiffnessWeight === 0 ? null : regularizers.stiffness.evaluate(grid.steps);
  const y0Bar = engine.allocate(rows, columns);
  const result = await adjoint.pullback(solution, {
    rtol,
    atol,
    outputBars: saveat.map((_, m) =>
      tensor(outputBars.length === 0 ? new Float64Array(rows * columns) : outputBars[m]),
    ),
    y1Bar: y1Bar === undefined ? null : tensor(y1Bar),
    errorBars: error?.sensitivities.map((sensitivity) => errorWeight * sensitivity) ?? null,
    stiffnessBars: stiffness?.sensitivities.map((sensitivity) => stiffnessWeight * sensitivity) ?? null,
    y0Bar,
  });
  if (result.outcome.state !== 'success') return { state: 'stopped', outcome: result.outcome, statistics };
  return {
    state: 'success',
    statistics,
    adjoint: result,
    loss: value,
    errorRegularizer: error?.value ?? null,
    stiffnessRegularizer: stiffness?.value ?? null,
    parameters: await engine.read(parameters.gradient),
    y0: await engine.read(y0Bar),
  };
}

/** @returns the number of rows */
function checkShapes({ field, parameters, y0 }: GradientOptions): number {
  const { inputs, outputs, parameterCount } = field;
  if (inputs !== outputs) refuse(`The field maps ${inputs} entries to ${outputs}: dy/dt must be like y.`);
  if (parameters.length !== parameterCount) {
    refuse(`The field has ${parameterCount} parameters, but ${parameters.length} were given.`);
  }
  if (y0.length === 0) refuse('y0 must hold at least one initial state, each a row.');
  for (const [row, { length }] of y0.entries()) {
    if (length !== inputs) refuse(`y0[${row}] has ${length} entries, but the field has ${inputs}.`);
  }
  return y0.length;
}

function checkCotangents(
  entries: number,
  times: number,
  y1Bar: ArrayLike<number> | undefined,
  outputBars: readonly ArrayLike<number>[],
): void {
  if (outputBars.length !== 0 && outputBars.length !== times) {
    refuse(`The loss gave ${outputBars.length} outputBars for ${times} times of saveat.`);
  }
  for (const bar of [...(y1Bar === undefined ? [] : [y1Bar]), ...outputBars]) {
    if (bar.length !== entries) refuse(`A cotangent has ${bar.length} entries, but states have ${entries}.`);
  }
}

function refuse(message: string): never {
  throw new UserError('usage', message);
}

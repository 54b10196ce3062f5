/**
 * A neural ODE on an engine: its loss on a batch, and the gradient of loss + Σ λ R over its regularisers.
 *
 * Each link of encode → solve → decode → loss has its own pullback; the solver's is the discrete adjoint on
 * the frozen grid. Invariant: `gradient` leaves exactly the gradient of one batch in the parameter set.
 */
import type { Engine, Parameters } from '../engines/engine.js';
import type { AcceptedStep } from '../ode/grid.js';
import type { SolveOutcome, SolveStatistics } from '../ode/outcome.js';
import type { NeuralOde } from '../models/neural-ode.js';
import type { StepRegularization } from '../regularizers/regularizer.js';
import type { Batch } from './batches.js';
import { BatchWorkspace, type BatchLoss } from './batch-workspace.js';
import { compileModel, type CompiledModel } from './compiled-model.js';
import { middleDraws, type RegularizerDraws } from './regularizer-draws.js';
import type { TrainingSettings } from './settings.js';
import type { RegularizationWeights } from './weight-schedule.js';

export type Prediction =
  | ({ readonly state: 'success'; readonly statistics: SolveStatistics } & BatchLoss)
  | { readonly state: 'stopped'; readonly outcome: SolveOutcome; readonly statistics: SolveStatistics };

export type GradientResult =
  | ({
      readonly state: 'success';
      readonly statistics: SolveStatistics;
      /** R_E and R_S without their weights; NaN where the method has no such estimate. */
      readonly errorRegularizer: number;
      readonly stiffnessRegularizer: number;
      /** R_K and E·|h| of the local step, without their weights; null where not asked for. */
      readonly taylorRegularizer: number | null;
      readonly localRegularizer: number | null;
      /** Field evaluations repeated plus pullbacks in the adjoint, and those of the local step. */
      readonly backwardNfe: number;
      /** Mean |h| of the accepted steps. */
      readonly meanStep: number;
    } & BatchLoss)
  | { readonly state: 'stopped'; readonly outcome: SolveOutcome; readonly statistics: SolveStatistics };

const notMeasured: StepRegularization = { value: NaN, sensitivities: new Float64Array() };

export class Learner {
  readonly parameters: Parameters;
  readonly #engine: Engine;
  readonly #settings: TrainingSettings;
  readonly #compiled: CompiledModel;
  /** One for each batch size met; two or three in practice. */
  readonly #workspaces = new Map<number, BatchWorkspace>();

  constructor(engine: Engine, model: NeuralOde, initial: Float64Array, settings: TrainingSettings) {
    this.#engine = engine;
    this.#settings = settings;
    this.parameters = engine.createParameters(initial);
    settings.regularizers.steer?.check(model);
    this.#compiled = compileModel(engine, model, this.parameters, settings.regularizers.taylor);
  }

  /** Loss of a batch at the trained tolerance; no gradient, no regulariser. */
  async predict(batch: Batch): Promise<Prediction> {
    const workspace = this.#workspace(batch);
    workspace.load(batch);
    const trajectory = await workspace.predict();
    const { outcome, statistics } = trajectory.solution;
    if (outcome.state !== 'success') return { state: 'stopped', outcome, statistics };
    return { state: 'success', statistics, ...(await workspace.loss(trajectory, { withCotangents: false })) };
  }

  /** Loss, regularisers and the gradient of their weighted sum. */
  async gradient(
    batch: Batch,
    weights: RegularizationWeights,
    draws: RegularizerDraws = middleDraws,
  ): Promise<GradientResult> {
    const workspace = this.#workspace(batch);
    workspace.load(batch);
    this.#engine.fill(this.parameters.gradient, 0);
    const trajectory = await workspace.solve(draws);
    const { outcome, statistics, grid } = trajectory.solution;
    if (outcome.state !== 'success') return { state: 'stopped', outcome, statistics };

    const loss = await workspace.loss(trajectory, { withCotangents: true });
    const { regularizers, tableau, stiffnessNorm } = this.#settings;
    const error = tableau.errorWeights === null ? notMeasured : regularizers.error.evaluate(grid.steps);
    const stiffness = stiffnessNorm === null ? notMeasured : regularizers.stiffness.evaluate(grid.steps);
    const adjoint = workspace.pullback(
      trajectory,
      weights.error > 0 ? scaled(error.sensitivities, weights.error) : null,
      weights.stiffness > 0 ? scaled(stiffness.sensitivities, weights.stiffness) : null,
      weights,
    );
    return {
      state: 'success',
      statistics,
      ...loss,
      errorRegularizer: error.value,
      stiffnessRegularizer: stiffness.value,
      taylorRegularizer: trajectory.taylor,
      localRegularizer: trajectory.local?.value ?? null,
      backwardNfe: adjoint.evaluations + adjoint.pullbacks,
      meanStep: meanStep(grid.steps),
    };
  }

  dispose(): void {
    for (const workspace of this.#workspaces.values()) workspace.dispose();
    this.#workspaces.clear();
    const { encode, field, decode, augmented } = this.#compiled;
    for (const part of [augmented, encode, field, decode]) part?.dispose();
    this.parameters.dispose();
  }

  #workspace(batch: Batch): BatchWorkspace {
    const known = this.#workspaces.get(batch.rows);
    if (known !== undefined) return known;
    const fresh = new BatchWorkspace(this.#engine, this.#compiled, this.#settings, batch);
    this.#workspaces.set(batch.rows, fresh);
    return fresh;
  }
}

function scaled(values: Float64Array, factor: number): Float64Array {
  return values.map((value) => factor * value);
}

function meanStep(steps: readonly AcceptedStep[]): number {
  return steps.reduce((sum, { h }) => sum + Math.abs(h), 0) / Math.max(1, steps.length);
}

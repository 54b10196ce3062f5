/**
 * A neural ODE on an engine: its loss on a batch, and the gradient of loss + Σ λ R over its regularisers.
 *
 * Each link of encode → solve → decode → loss has its own pullback; the solver's is the discrete adjoint on
 * the frozen grid. Invariant: `gradient` leaves exactly the gradient of one batch in the parameter set.
 */
import type { Engine, Parameters } from '../engines/engine.js';
import type { Grid } from '../ode/grid.js';
import type { SolveOutcome, SolveStatistics } from '../ode/outcome.js';
import type { NeuralOde } from '../models/neural-ode.js';
import type { StepRegularizer } from '../regularizers/regularizer.js';
import type { Batch } from './batches.js';
import { BatchWorkspace, type BatchLoss } from './batch-workspace.js';
import { compileModel, type CompiledModel } from './compiled-model.js';
import type { TrainingSettings } from './settings.js';
import type { TrainingState } from './training-state.js';
import { middleDraws, type TrainingDraws } from './training-draws.js';
import { UnrollDepth } from './unroll-depth.js';
import type { RegularizationWeights } from './weight-schedule.js';

export type Prediction =
  | ({ readonly state: 'success'; readonly statistics: SolveStatistics; readonly solves: number } & BatchLoss)
  | { readonly state: 'stopped'; readonly outcome: SolveOutcome; readonly statistics: SolveStatistics };

export type GradientResult =
  | ({
      readonly state: 'success';
      /** Like all that follow from steps, means over the solves of the batch. */
      readonly statistics: SolveStatistics;
      /** 1, or as many as rows with per-sample stepping. */
      readonly solves: number;
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
      /** What the fixed-point iteration left open; null of every other method. */
      readonly unrollingError: number | null;
    } & BatchLoss)
  | { readonly state: 'stopped'; readonly outcome: SolveOutcome; readonly statistics: SolveStatistics };

type LearnerState = Pick<TrainingState, 'parameters' | 'unrollDepth'>;

/** A regulariser over all solves of a batch. */
interface BatchRegularization {
  readonly value: number;
  /** For each grid, ∂value/∂(estimate of step j). */
  readonly sensitivities: readonly Float64Array[];
}

const notMeasured: BatchRegularization = { value: NaN, sensitivities: [] };

export class Learner {
  readonly parameters: Parameters;
  readonly #engine: Engine;
  readonly #settings: TrainingSettings;
  readonly #compiled: CompiledModel;
  readonly #depth = new UnrollDepth();
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
    const { outcome, statistics, grids } = trajectory.solution;
    if (outcome.state !== 'success') return { state: 'stopped', outcome, statistics };
    return {
      state: 'success',
      statistics,
      solves: grids.length,
      ...(await workspace.loss(trajectory, { withCotangents: false })),
    };
  }

  /** Loss, regularisers and the gradient of their weighted sum. */
  async gradient(
    batch: Batch,
    weights: RegularizationWeights,
    draws: TrainingDraws = middleDraws,
  ): Promise<GradientResult> {
    const workspace = this.#workspace(batch);
    workspace.load(batch);
    this.#engine.fill(this.parameters.gradient, 0);
    const trajectory = await workspace.solve(draws);
    const { outcome, statistics, grids, unrollingError } = trajectory.solution;
    if (outcome.state !== 'success') return { state: 'stopped', outcome, statistics };

    const loss = await workspace.loss(trajectory, { withCotangents: true });
    const { method, regularizers } = this.#settings;
    const explicit = method.kind === 'explicit' ? method : null;
    const hasError = explicit !== null && explicit.tableau.errorWeights !== null;
    const hasStiffness = explicit !== null && explicit.stiffnessNorm !== null;
    const error = hasError ? meanOver(grids, regularizers.error) : notMeasured;
    const stiffness = hasStiffness ? meanOver(grids, regularizers.stiffness) : notMeasured;
    const reversal = await workspace.pullback(
      trajectory,
      weights.error > 0 ? scaled(error.sensitivities, weights.error) : null,
      weights.stiffness > 0 ? scaled(stiffness.sensitivities, weights.stiffness) : null,
      weights,
    );
    if (reversal.outcome.state !== 'success') return { state: 'stopped', outcome: reversal.outcome, statistics };
    return {
      state: 'success',
      statistics,
      solves: grids.length,
      ...loss,
      errorRegularizer: error.value,
      stiffnessRegularizer: stiffness.value,
      taylorRegularizer: trajectory.taylor,
      localRegularizer: trajectory.local?.value ?? null,
      backwardNfe: reversal.evaluations + reversal.pullbacks,
      meanStep: meanStep(grids),
      unrollingError,
    };
  }

  /** Once an iteration has moved the parameters: its fixed-point iterations may have been too few. */
  heed({ loss, unrollingError }: Extract<GradientResult, { state: 'success' }>): void {
    const { method } = this.#settings;
    if (method.kind === 'implicit' && unrollingError !== null) this.#depth.heed(method.nonlinear, unrollingError, loss);
  }

  /** What it has learnt: all that outlasts an iteration. */
  async state(): Promise<LearnerState> {
    return { parameters: await this.#engine.readParameters(this.parameters), unrollDepth: this.#depth.raised };
  }

  restore({ parameters, unrollDepth }: LearnerState): void {
    this.#engine.writeParameters(this.parameters, parameters);
    this.#depth.restore(unrollDepth);
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
    const fresh = new BatchWorkspace(this.#engine, this.#compiled, this.#settings, this.#depth, batch);
    this.#workspaces.set(batch.rows, fresh);
    return fresh;
  }
}

/** The regulariser's mean over the solves: of one, the regulariser itself. */
function meanOver(grids: readonly Grid[], regularizer: StepRegularizer): BatchRegularization {
  const ofGrids = grids.map(({ steps }) => regularizer.evaluate(steps));
  return {
    value: ofGrids.reduce((sum, { value }) => sum + value, 0) / grids.length,
    sensitivities: scaled(
      ofGrids.map(({ sensitivities }) => sensitivities),
      1 / grids.length,
    ),
  };
}

function scaled(values: readonly Float64Array[], factor: number): readonly Float64Array[] {
  return factor === 1 ? values : values.map((ofGrid) => ofGrid.map((value) => factor * value));
}

/** Mean over the solves of the mean |h| of each. */
function meanStep(grids: readonly Grid[]): number {
  const ofGrid = ({ steps }: Grid): number =>
    steps.reduce((sum, { h }) => sum + Math.abs(h), 0) / Math.max(1, steps.length);
  return grids.reduce((sum, grid) => sum + ofGrid(grid), 0) / grids.length;
}

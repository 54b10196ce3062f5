/**
 * What a regulariser is, told apart by what it needs of a training iteration:
 *
 *   steps       the solver's own estimates at the accepted steps: R_E, R_S
 *   interval    another end, or other output times, while training: STEER
 *   trajectory  the field with one more state that is integrated along: Taylor
 *   local       one extra step from a state on the trajectory
 *
 * Each has its weight λ in the loss but STEER, which changes what the loss is taken of. A regulariser holds no state
 * between iterations; what it draws comes from the uniforms it is given, so that it disturbs no other stream.
 */
import type { Engine, Parameters } from '../engines/engine.js';
import type { Chain } from '../engines/layer.js';
import type { AcceptedStep } from '../ode/grid.js';
import type { VectorField } from '../ode/vector-field.js';

export type Regularizer = StepRegularizer | IntervalRegularizer | TrajectoryRegularizer | LocalRegularizer;

/** Draws from U[0, 1). */
export type Uniform = () => number;

/**
 * The adjoint turns the partial derivatives into cotangents of E_j and S_j and differentiates those through the
 * frozen grid, the error scale max(|y|, |y1|) included (arXiv 2105.03918, section 3).
 */
export interface StepRegularizer {
  readonly kind: 'steps';
  evaluate(steps: readonly AcceptedStep[]): StepRegularization;
}

export interface StepRegularization {
  readonly value: number;
  /** ∂value/∂(estimate of step j), one for each step; which estimate is the regulariser's own matter. */
  readonly sensitivities: Float64Array;
}

/** Where a solve ends and where it is looked at. */
export interface SolveTimes {
  readonly t0: number;
  readonly t1: number;
  /** In order from t0 towards t1; null: t1 only. */
  readonly saveat: readonly number[] | null;
}

export interface IntervalRegularizer {
  readonly kind: 'interval';
  /** @throws UserError if no draw from these times would keep their order */
  check(times: SolveTimes): void;
  draw(times: SolveTimes, uniform: Uniform): SolveTimes;
}

export interface TrajectoryRegularizer {
  readonly kind: 'trajectory';
  /**
   * The field of [y | r], one column more, with r' the integrand of each row.
   * @param offset where the chain's parameters start
   */
  augment(engine: Engine, chain: Chain, parameters: Parameters, offset: number): AugmentedField;
}

export interface AugmentedField extends VectorField {
  /** Columns of [y | r]; r is the last. */
  readonly columns: number;
  dispose(): void;
}

export type LocalRegularizer = UnbiasedLocalRegularizer | BiasedLocalRegularizer;

interface LocalGradient {
  readonly kind: 'local';
  /** Whether k_1 of the extra step is a constant for the gradient, as its state is. */
  readonly firstStage: 'constant' | 'differentiated';
}

/** Starts at any time: the solve gives the state there as one more output. */
export interface UnbiasedLocalRegularizer extends LocalGradient {
  readonly sampling: 'unbiased';
  drawTime(times: SolveTimes, uniform: Uniform): number;
}

/** Starts where an accepted step starts, given by its index. */
export interface BiasedLocalRegularizer extends LocalGradient {
  readonly sampling: 'biased';
  drawStep(steps: readonly AcceptedStep[], uniform: Uniform): number;
}

/**
 * The accepted grid of a solve: all the adjoint needs to replay it.
 *
 * Times, step sizes and accept decisions are frozen: gradients treat them as constants
 * (arXiv 2105.03918; numerics, section 3).
 */
import type { Tensor } from '../engines/engine.js';
import type { StiffnessEstimate } from './step.js';

export interface AcceptedStep {
  readonly t: number;
  readonly h: number;
  /** State at t. */
  readonly y: Tensor;
  /** Error norm E of the step. */
  readonly error: number;
  /** Only where the solve was asked for it. */
  readonly stiffness: StiffnessEstimate | null;
}

/** An output time inside a step: y(t + theta·h). theta = 1 is the state at the step's end itself. */
export interface OutputPoint {
  readonly step: number;
  readonly theta: number;
}

export interface Grid {
  readonly steps: readonly AcceptedStep[];
  /** State at the end of the last step; t0's state if there are no steps. */
  readonly y1: Tensor;
  /** One for each output time, in their order; step −1 stands for t0. */
  readonly outputs: readonly OutputPoint[];
}

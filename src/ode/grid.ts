/**
 * The accepted grid of a solve: the numbers that regularisers read and that the adjoint replays.
 *
 * Times, step sizes and accept decisions are frozen: gradients treat them as constants
 * (arXiv 2105.03918; numerics, section 3). States at step starts are kept apart: not every use needs them.
 */
import type { StiffnessEstimate } from './stiffness.js';

export interface AcceptedStep {
  readonly t: number;
  readonly h: number;
  /** Error norm E of the step; null if the method has no estimate. */
  readonly error: number | null;
  /** Only where the solve was asked for it. */
  readonly stiffness: StiffnessEstimate | null;
}

/** An output time inside a step: y(t + theta·h). theta = 1 is the state at the step's end itself. */
export interface OutputPoint {
  /** Index of the step; −1 stands for t0. */
  readonly step: number;
  readonly theta: number;
}

export interface Grid {
  readonly steps: readonly AcceptedStep[];
  /** One for each output time, in their order. */
  readonly outputs: readonly OutputPoint[];
}

/** One attempt, accepted or not. */
export interface Attempt {
  readonly t: number;
  readonly h: number;
  readonly error: number | null;
  readonly accepted: boolean;
}

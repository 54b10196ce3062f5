/** A problem being trained by this package, one iteration after another. */
import type { AdjointMode } from '../../src/adjoint/create-adjoint.js';
import type { SdeMethodName } from '../../src/ode/sde/tableaux/index.js';

/** One training iteration: forward solve, loss, gradient, optimiser step. */
export interface IterationFigures {
  /** Before the optimiser's step. */
  readonly loss: number;
  /** Forward evaluations of the field, or of the drift. */
  readonly nfe: number;
  /** Forward evaluations of the diffusion; 0 of an ODE. */
  readonly diffusionNfe: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Evaluations repeated in the gradient plus vector–Jacobian products, drift and diffusion together. */
  readonly backwardNfe: number;
}

export interface Training {
  /** Forward and backward once without an update, so that nothing is allocated or compiled later. */
  warmUp(): Promise<void>;
  iterate(): Promise<IterationFigures>;
  dispose(): void;
}

export interface Choices {
  readonly adjoint: Extract<AdjointMode, 'checkpoint' | 'stages'>;
  readonly method: SdeMethodName;
}

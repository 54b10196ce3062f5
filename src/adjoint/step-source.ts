/**
 * Where the reverse pass finds the steps again: what the discrete modes differ in, and all they differ in.
 */
import type { Tensor } from '../engines/engine.js';
import type { Grid } from '../ode/grid.js';
import type { AdjointMemory } from './adjoint.js';
import type { EndStage, TakenStep } from './step-pullback.js';

export interface StepSource {
  /** The reverse pass begins. @throws Error if these are not the steps that were kept */
  begin(grid: Grid): void;
  /**
   * A step as it was taken, bit for bit; asked for from the last to the first. Valid until the one after next is
   * asked for. Its end stage is there unless it is unused.
   */
  recall(step: number, endStage: EndStage): TakenStep;
  /** Calls of f since `begin`. */
  readonly evaluations: number;
  /** Most held at a time, over the solve and the reverse pass. */
  readonly held: AdjointMemory;
}

/** States at step ends, from the last to the first. */
export interface StateSource {
  begin(grid: Grid): void;
  /** States at the two ends of a step, asked for from the last step to the first. */
  ends(step: number): { readonly start: Tensor; readonly end: Tensor };
  /** Calls of f since `begin`. */
  readonly evaluations: number;
  /** Most states at step starts held at a time. */
  readonly heldStates: number;
}

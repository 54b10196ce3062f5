/**
 * Who keeps what of a forward solve for the way back: the solver tells of each accepted step and keeps nothing.
 */
import type { Tensor } from '../engines/engine.js';
import type { StageSlots } from './stage-slots.js';

export interface StepKeeper {
  /** A solve begins: what was kept of the one before is not valid any longer. */
  beginSolve(): void;
  /** Where the stages of this step (counted from 0) go, for the keeper to have; null: to the stepper's own place. */
  slots(step: number): StageSlots | null;
  /**
   * A step was accepted; its stages are where `slots` said. The state at its start is the keeper's until the next
   * solve, that at its end is valid as long.
   * @returns a state that the keeper holds no longer, start among them; null: none
   */
  keep(start: Tensor, end: Tensor): Tensor | null;
}

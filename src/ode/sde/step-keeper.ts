/** Who keeps the steps of a stochastic solve for the way back: the solver writes each where the keeper says. */
import type { SdeStepSlots } from './step-slots.js';

export interface SdeStepKeeper {
  /** A solve begins: what was kept of the one before is not valid any longer. */
  beginSolve(): void;
  /** Where step number `step`, counted from 0, goes; what a rejected attempt left there is overwritten. */
  slots(step: number): SdeStepSlots;
}

/** Where the reverse of a stochastic solve finds the steps again: what the modes of its adjoint differ in. */
import type { Tensor } from '../engines/engine.js';
import type { AcceptedStep } from '../ode/grid.js';
import type { BrownianPath } from '../ode/sde/brownian-path.js';
import type { SdeStepSlots } from '../ode/sde/step-slots.js';
import { SdeStepper, type SdeStepperOptions } from '../ode/sde/step.js';

export interface SdeSteps {
  /** Calls of drift and diffusion that recalling a step takes. */
  readonly evaluationsPerStep: number;
  /** The reverse of so many steps begins. @throws Error if they are not the steps that were kept */
  begin(steps: number): void;
  /**
   * What step number `index` from `start` computed, activations included, bit for bit; valid until the next is recalled.
   * @param withError whether its error vector is wanted
   */
  recall(index: number, step: AcceptedStep, path: BrownianPath, start: Tensor, withError: boolean): SdeStepSlots;
  dispose(): void;
}

/** Steps that are taken again: their noise is drawn from the path, their stages are computed from the states. */
export class SdeReplay implements SdeSteps {
  readonly #stepper: SdeStepper;

  constructor(options: SdeStepperOptions) {
    this.#stepper = new SdeStepper(options, true);
  }

  get evaluationsPerStep(): number {
    const { drift, diffusion } = this.#stepper.evaluationsPerAttempt;
    return drift + diffusion;
  }

  begin(): void {
    // Any step can be taken again.
  }

  recall(_index: number, { t, h }: AcceptedStep, path: BrownianPath, start: Tensor, withError: boolean): SdeStepSlots {
    this.#stepper.draw(path, t, h);
    this.#stepper.evaluateStages(t, h, start);
    if (withError) this.#stepper.formError(h);
    return this.#stepper.slots;
  }

  dispose(): void {
    this.#stepper.dispose();
  }
}

/**
 * Every step of a stochastic solve as the solver left it, with its noise, stages and activations: nothing is drawn or
 * computed again.
 *
 * The solver writes each step into slots of this record (those of a rejected attempt are overwritten), so keeping
 * them costs memory and no time. What the latest solve did not use is freed when the next begins.
 */
import type { Engine } from '../engines/engine.js';
import { planDrift, type DriftPlan } from '../ode/sde/sri-tableau.js';
import type { SdeStepKeeper } from '../ode/sde/step-keeper.js';
import { allocateSdeSlots, freeSdeSlots, type SdeStepSlots } from '../ode/sde/step-slots.js';
import type { SdeStepperOptions } from '../ode/sde/step.js';
import type { SdeSteps } from './sde-steps.js';

export class RecordedSdeSteps implements SdeStepKeeper, SdeSteps {
  readonly evaluationsPerStep = 0;
  readonly #engine: Engine;
  readonly #options: SdeStepperOptions;
  readonly #plan: DriftPlan;
  readonly #slots: SdeStepSlots[] = [];
  /** Steps of the latest solve. */
  #taken = 0;

  constructor(options: SdeStepperOptions) {
    this.#engine = options.engine;
    this.#options = options;
    this.#plan = planDrift(options.method, options.errorSigns ?? 'plus');
  }

  /** Steps that the record has room for at present. */
  get held(): number {
    return this.#slots.length;
  }

  beginSolve(): void {
    this.#trim(this.#taken);
    this.#taken = 0;
  }

  slots(step: number): SdeStepSlots {
    this.#taken = step + 1;
    return (this.#slots[step] ??= allocateSdeSlots(this.#options, this.#plan, true));
  }

  begin(steps: number): void {
    if (steps === this.#taken) return;
    throw new Error(`${this.#taken} steps were recorded: the ${steps} to reverse are of another solve.`);
  }

  recall(index: number): SdeStepSlots {
    return this.#slots[index];
  }

  dispose(): void {
    this.#trim(0);
    this.#taken = 0;
  }

  /** Frees the slots of all steps but so many. */
  #trim(steps: number): void {
    for (const slots of this.#slots.splice(steps)) freeSdeSlots(this.#engine, slots);
  }
}

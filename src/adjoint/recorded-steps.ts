/**
 * Every step with its stages, and activations if wanted, as the solver left them: nothing is computed again.
 *
 * The solver writes the stages of each step into slots of this record (those of a rejected attempt are overwritten),
 * so keeping them costs memory and no time. Successive steps share a stage. States are kept of every step, stages of
 * those whose slots were asked for. What the latest solve did not use is freed when the next begins.
 */
import type { Engine, Tensor } from '../engines/engine.js';
import { closeTableau, type ClosedTableau } from '../ode/closed-tableau.js';
import type { Grid } from '../ode/grid.js';
import { allocateSlots, freeSlots, type StageSlots, type StageStorage } from '../ode/stage-slots.js';
import type { StepKeeper } from '../ode/step-keeper.js';
import type { StepperOptions } from '../ode/step.js';
import type { AdjointMemory } from './adjoint.js';
import type { TakenStep } from './step-pullback.js';
import type { StateSource, StepSource } from './step-source.js';

export class RecordedSteps implements StepSource, StateSource, StepKeeper {
  readonly evaluations = 0;
  readonly #engine: Engine;
  readonly #options: StepperOptions;
  readonly #storage: StageStorage;
  readonly #tableau: ClosedTableau;
  /** By step; the end stage of one is the first of the next. */
  readonly #slots: StageSlots[] = [];
  /** States at step starts, and the end of the last. */
  #starts: Tensor[] = [];
  #end: Tensor | null = null;

  constructor(options: StepperOptions, storage: StageStorage) {
    this.#engine = options.engine;
    this.#options = options;
    this.#storage = storage;
    this.#tableau = closeTableau(options.tableau);
  }

  get heldStates(): number {
    return this.#starts.length;
  }

  get held(): AdjointMemory {
    const steps = this.#starts.length;
    return { states: steps, stages: steps === 0 ? 0 : steps * (this.#tableau.b.length - 1) + 1 };
  }

  beginSolve(): void {
    this.#trim(this.#starts.length);
    this.#starts = [];
    this.#end = null;
  }

  slots(step: number): StageSlots {
    while (this.#slots.length <= step) {
      this.#slots.push(allocateSlots(this.#options, this.#tableau, this.#storage, this.#slots.at(-1) ?? null));
    }
    return this.#slots[step];
  }

  keep(start: Tensor, end: Tensor): null {
    this.#starts.push(start);
    this.#end = end;
    return null;
  }

  begin({ steps }: Grid): void {
    if (steps.length !== this.#starts.length) {
      throw new Error(
        `${this.#starts.length} steps were recorded: the ${steps.length} to reverse are of another solve.`,
      );
    }
  }

  ends(step: number): { readonly start: Tensor; readonly end: Tensor } {
    return this.recall(step);
  }

  recall(step: number): TakenStep {
    const end = this.#starts[step + 1] ?? this.#end;
    return { start: this.#starts[step], end, slots: this.#slots[step] };
  }

  dispose(): void {
    this.#trim(0);
  }

  /** Frees the slots of all steps but so many. */
  #trim(steps: number): void {
    while (this.#slots.length > steps) {
      const slots = this.#slots.pop();
      if (slots !== undefined) freeSlots(this.#engine, slots, this.#slots.at(-1) ?? null);
    }
  }
}

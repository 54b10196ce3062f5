/**
 * Steps whose states are known and whose stages are computed again, with their activations.
 *
 * The first stage of a step is the end stage of the one before: it is evaluated once. Memory: one step's stages.
 */
import type { Grid } from '../ode/grid.js';
import { Stepper, type StepperOptions } from '../ode/step.js';
import type { AdjointMemory } from './adjoint.js';
import type { EndStage, TakenStep } from './step-pullback.js';
import type { StateSource, StepSource } from './step-source.js';

export class StageReplay implements StepSource {
  readonly #states: StateSource;
  readonly #stepper: Stepper;
  #grid: Grid = { steps: [], outputs: [] };
  #evaluations = 0;

  constructor(options: StepperOptions, states: StateSource) {
    this.#states = states;
    this.#stepper = new Stepper(options, { keepStates: true, keepActivations: true });
  }

  get evaluations(): number {
    return this.#evaluations + this.#states.evaluations;
  }

  get held(): AdjointMemory {
    return { states: this.#states.heldStates, stages: this.#stepper.stages.length };
  }

  begin(grid: Grid): void {
    this.#grid = grid;
    this.#evaluations = 0;
    this.#states.begin(grid);
  }

  recall(step: number, endStage: EndStage): TakenStep {
    const stepper = this.#stepper;
    const { steps } = this.#grid;
    const { t, h } = steps[step];
    const { start, end } = this.#states.ends(step);
    // k_1 of the step after, with its activations, is the end stage of this one.
    if (endStage === 'shared') stepper.advance();
    stepper.replay(t, h, start, end, endStage === 'at end');
    this.#evaluations += stepper.stages.length - (endStage === 'at end' ? 0 : 1);
    return { start, end, slots: stepper.slots };
  }

  dispose(): void {
    this.#stepper.dispose();
  }
}

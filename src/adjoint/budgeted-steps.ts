/**
 * Stages and activations of the first steps of a solve, as many as fit into a budget of memory; those of later steps
 * are computed again.
 *
 * How many fit follows from shapes alone, so every machine does the same work; the states at step starts are all kept.
 */
import type { Tensor } from '../engines/engine.js';
import { closeTableau, type ClosedTableau } from '../ode/closed-tableau.js';
import type { Grid } from '../ode/grid.js';
import { allocateSlots, followSlots, freeSlots, swapEnds, type StageSlots } from '../ode/stage-slots.js';
import type { StepKeeper } from '../ode/step-keeper.js';
import type { StepperOptions } from '../ode/step.js';
import type { AdjointMemory } from './adjoint.js';
import { RecordedSteps } from './recorded-steps.js';
import { StageReplay } from './stage-replay.js';
import type { EndStage, TakenStep } from './step-pullback.js';
import type { StepSource } from './step-source.js';

export class BudgetedSteps implements StepSource, StepKeeper {
  readonly #options: StepperOptions;
  readonly #tableau: ClosedTableau;
  readonly #record: RecordedSteps;
  /** How many steps keep their stages. */
  readonly #most: number;
  /** Where the stages of the steps after those go in turn, as `Stepper.advance` turns them; made when first needed. */
  #later: { readonly even: StageSlots; readonly odd: StageSlots } | null = null;
  #replay: StageReplay | null = null;
  #steps = 0;

  /** @param bytes the budget */
  constructor(options: StepperOptions, bytes: number) {
    this.#options = options;
    this.#tableau = closeTableau(options.tableau);
    this.#record = new RecordedSteps(options, { keepStates: true, keepActivations: true });
    this.#most = Math.floor(bytes / bytesPerStep(options, this.#tableau));
  }

  get evaluations(): number {
    return this.#steps > this.#most ? (this.#replay?.evaluations ?? 0) : 0;
  }

  get held(): AdjointMemory {
    const recorded = Math.min(this.#steps, this.#most);
    const stages = this.#tableau.b.length;
    const ofRecord = recorded === 0 ? 0 : recorded * (stages - 1) + 1;
    return { states: this.#steps, stages: ofRecord + (this.#steps > this.#most ? stages : 0) };
  }

  beginSolve(): void {
    this.#record.beginSolve();
    this.#steps = 0;
  }

  slots(step: number): StageSlots | null {
    const most = this.#most;
    if (step < most) return this.#record.slots(step);
    if (most === 0) return null;
    this.#later ??= this.#allocateLater();
    const { even, odd } = this.#later;
    // The first of them starts from the end stage of the last that is kept.
    if (step === most) return followSlots(even, this.#record.slots(most - 1));
    return (step - most) % 2 === 0 ? even : odd;
  }

  keep(start: Tensor, end: Tensor): null {
    this.#steps += 1;
    return this.#record.keep(start, end);
  }

  begin(grid: Grid): void {
    this.#record.begin(grid);
    if (grid.steps.length <= this.#most) return;
    this.#replay ??= new StageReplay(this.#options, this.#record);
    this.#replay.begin(grid);
  }

  recall(step: number, endStage: EndStage): TakenStep {
    if (step < this.#most || this.#replay === null) return this.#record.recall(step);
    return this.#replay.recall(step, endStage);
  }

  dispose(): void {
    if (this.#later !== null) freeSlots(this.#options.engine, this.#later.even, null);
    this.#replay?.dispose();
    this.#record.dispose();
  }

  #allocateLater() {
    const even = allocateSlots(this.#options, this.#tableau, { keepStates: false }, null);
    return { even, odd: swapEnds(even) };
  }
}

/** What one step more takes: all its stages but the first, their activations, and their states but the end's. */
function bytesPerStep({ engine, field, rows, columns }: StepperOptions, { b }: ClosedTableau): number {
  const activations = field.createActivations(rows);
  const { bytes } = activations;
  activations.dispose();
  const state = rows * columns * (engine.dtype === 'f32' ? 4 : 8);
  const stages = b.length - 1;
  return stages * (state + bytes) + (stages - 1) * state;
}

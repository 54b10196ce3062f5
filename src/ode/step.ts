/**
 * One attempted step of an explicit Runge–Kutta method on engine tensors.
 *
 * Source: Hairer, Nørsett & Wanner I, II.4. The solver steps with it and the adjoint replays with it, so
 * both see the same stages bit for bit. It works on the closed form of the method (`closed-tableau.ts`). Nothing
 * is allocated after construction.
 */
import type { Activations, Awaitable, Engine, StepError, Tensor, Tolerances } from '../engines/engine.js';
import { closeTableau, type ClosedTableau } from './closed-tableau.js';
import { allocateSlots, freeSlots, swapEnds, type StageSlots, type StageStorage } from './stage-slots.js';
import { estimateStiffness, type LastStages, type StiffnessEstimate, type StiffnessNorm } from './stiffness.js';
import type { Tableau } from './tableau.js';
import type { VectorField } from './vector-field.js';

export interface StepperOptions {
  readonly engine: Engine;
  readonly field: VectorField;
  readonly tableau: Tableau;
  readonly rows: number;
  readonly columns: number;
}

export class Stepper {
  readonly tableau: ClosedTableau;
  readonly #engine: Engine;
  readonly #field: VectorField;
  /** Its own, and the same with first and end stage in each other's places, as `advance` leaves them. */
  readonly #own: StageSlots;
  #slots: StageSlots;
  #swapped: StageSlots;

  constructor(options: StepperOptions, storage: StageStorage) {
    this.#engine = options.engine;
    this.#field = options.field;
    this.tableau = closeTableau(options.tableau);
    this.#own = allocateSlots(options, this.tableau, storage, null);
    this.#slots = this.#own;
    this.#swapped = swapEnds(this.#own);
  }

  /** Of the closed form: the end stage is the last. */
  get stages(): readonly Tensor[] {
    return this.#slots.stages;
  }

  /** The places of the latest stages. */
  get slots(): StageSlots {
    return this.#slots;
  }

  /** Stages go to these places from now on; null: to its own. None is there then. */
  use(slots: StageSlots | null): void {
    this.#slots = slots ?? this.#own;
    this.#swapped = swapEnds(this.#slots);
  }

  /** Whether `attempt` computes the end stage, as one of the method's own. */
  get firstSameAsLast(): boolean {
    return this.tableau.ownStages === this.tableau.b.length;
  }

  /** Calls of f that `attempt` makes. */
  get evaluationsPerAttempt(): number {
    return this.tableau.ownStages - 1;
  }

  /** k_1 = f(t, y). */
  evaluateFirst(t: number, y: Tensor, keep?: Activations): void {
    this.#field.evaluate(t, y, this.stages[0], keep ?? this.#slots.activations?.[0]);
  }

  /** Stages 2 … s and y1 from y at t; k_1 must be there already. */
  attempt(t: number, h: number, y: Tensor, y1: Tensor): void {
    const { b, ownStages } = this.tableau;
    for (let i = 1; i < ownStages; i += 1) this.evaluateStage(i, t, h, y, y1);
    if (!this.firstSameAsLast) this.#engine.combine(y1, y, h, b, this.stages);
  }

  /** g_i and k_i from the stages before. @param keep activations for a later pullback; absent: those of the slots */
  evaluateStage(i: number, t: number, h: number, y: Tensor, y1: Tensor, keep?: Activations): void {
    const state = this.stateOfStage(i, y, y1);
    this.#engine.combine(state, y, h, this.tableau.a[i], this.#slots.stagesBefore[i]);
    const { stages, activations } = this.#slots;
    this.#field.evaluate(t + this.tableau.c[i] * h, state, stages[i], keep ?? activations?.[i]);
  }

  /** The end stage f(t + h, y1) from a y1 that is known already. */
  evaluateEnd(t: number, h: number, y1: Tensor, keep?: Activations): void {
    const { stages, activations } = this.#slots;
    const end = stages.length - 1;
    this.#field.evaluate(t + h, y1, stages[end], keep ?? activations?.[end]);
  }

  /** Where g_i lives: g_1 is y itself, that of the end stage y1. */
  stateOfStage(i: number, y: Tensor, y1: Tensor): Tensor {
    return i === 0 ? y : (this.#slots.states[i] ?? y1);
  }

  /** The attempt as the error norm sees it; null if the method has no estimate. */
  stepError(h: number, y0: Tensor, y1: Tensor, { atol, rtol }: Tolerances): StepError | null {
    const { errorWeights } = this.tableau;
    return errorWeights && { y0, y1, h, weights: errorWeights, stages: this.stages, atol, rtol };
  }

  /** Stiffness estimate of the latest attempt. @throws Error if the method has a single stage */
  estimateStiffness(norm: StiffnessNorm, y: Tensor, y1: Tensor): Awaitable<StiffnessEstimate> {
    return estimateStiffness(this.#engine, norm, this.lastStages(y, y1));
  }

  /** The method's own last two stages. @throws Error if it has a single one */
  lastStages(y: Tensor, y1: Tensor): LastStages {
    const last = this.tableau.ownStages - 1;
    if (last < 1) throw new Error(`${this.tableau.name} has one stage: nothing tells its stiffness.`);
    return {
      stages: [this.stages[last], this.stages[last - 1]],
      states: [this.stateOfStage(last, y, y1), this.stateOfStage(last - 1, y, y1)],
    };
  }

  /** After an accepted step: its end stage, which must be there, becomes the next step's first. */
  advance(): void {
    [this.#slots, this.#swapped] = [this.#swapped, this.#slots];
  }

  dispose(): void {
    freeSlots(this.#engine, this.#own, null);
  }
}

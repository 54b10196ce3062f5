/**
 * One attempted step of an explicit Runge–Kutta method on engine tensors.
 *
 * Source: Hairer, Nørsett & Wanner I, II.4. The solver steps with it and the adjoint replays with it, so
 * both see the same stages bit for bit. It works on the closed form of the method (`closed-tableau.ts`). Where the
 * field offers whole steps as one operation, it takes them so; the operations here define what they compute. Nothing is
 * allocated after construction.
 */
import type { Activations, Awaitable, Engine, StepError, Tensor, Tolerances } from '../engines/engine.js';
import type { FusedSteps } from '../engines/fused-steps.js';
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
  readonly #fused: FusedSteps | null;
  /** Its own, and the same with first and end stage in each other's places, as `advance` leaves them. */
  readonly #own: StageSlots;
  readonly #ownSwapped: StageSlots;
  #slots: StageSlots;

  constructor(options: StepperOptions, storage: StageStorage) {
    this.#engine = options.engine;
    this.#field = options.field;
    this.tableau = closeTableau(options.tableau);
    this.#fused = options.field.fuseSteps?.(this.tableau, options.rows) ?? null;
    this.#own = allocateSlots(options, this.tableau, storage, null);
    this.#ownSwapped = swapEnds(this.#own);
    this.#slots = this.#own;
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

  /**
   * Stages 2 … s and y1 from y at t; k_1 must be there already.
   * @returns the error norm; null without tolerances or an estimate
   */
  attempt(t: number, h: number, y: Tensor, y1: Tensor, tolerances: Tolerances | null): Awaitable<number | null> {
    if (this.#fused !== null) return this.#fused.attempt(this.#slots, t, h, y, y1, tolerances);
    const { b, ownStages } = this.tableau;
    for (let i = 1; i < ownStages; i += 1) this.evaluateStage(i, t, h, y, y1);
    if (!this.firstSameAsLast) this.#engine.combine(y1, y, h, b, this.stages);
    const stepError = tolerances && this.stepError(h, y, y1, tolerances);
    return stepError && this.#engine.errorNorm(stepError);
  }

  /** All stages of a step whose ends are known already, the end stage only if asked for. */
  replay(t: number, h: number, y: Tensor, y1: Tensor, withEnd: boolean): void {
    if (this.#fused !== null) {
      this.#fused.replay(this.#slots, t, h, y, y1, withEnd);
      return;
    }
    this.evaluateFirst(t, y);
    for (let i = 1; i < this.stages.length - 1; i += 1) this.evaluateStage(i, t, h, y, y1);
    if (withEnd) this.evaluateEnd(t, h, y1);
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

  /** After an accepted step in its own places: its end stage, which must be there, becomes the next step's first. */
  advance(): void {
    this.#slots = this.#slots === this.#own ? this.#ownSwapped : this.#own;
  }

  dispose(): void {
    this.#fused?.dispose();
    freeSlots(this.#engine, this.#own, null);
  }
}

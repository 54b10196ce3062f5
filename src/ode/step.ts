/**
 * One attempted step of an explicit Runge–Kutta method on engine tensors.
 *
 * Source: Hairer, Nørsett & Wanner I, II.4. The solver steps with it and the adjoint replays with it, so
 * both see the same stages bit for bit. It works on the closed form of the method (`closed-tableau.ts`). Nothing
 * is allocated after construction.
 */
import type { Activations, Awaitable, Engine, StepError, Tensor, Tolerances } from '../engines/engine.js';
import { closeTableau, type ClosedTableau } from './closed-tableau.js';
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

export interface StageStorage {
  /** Keep the state g_i of every stage, as a pullback needs; otherwise only the last two survive an attempt. */
  readonly keepStates: boolean;
}

export class Stepper {
  readonly tableau: ClosedTableau;
  readonly #engine: Engine;
  readonly #field: VectorField;
  /** k_1 … k_s and the end stage; after `advance`, first and last have changed places. */
  #stages: readonly Tensor[];
  #stagesBefore: readonly (readonly Tensor[])[];
  #swappedStages: readonly Tensor[];
  #swappedStagesBefore: readonly (readonly Tensor[])[];
  /** g_i by stage, without the first (y) and the end stage's (y1); shared where states are not kept. */
  readonly #states: readonly (Tensor | null)[];
  readonly #ownTensors: readonly Tensor[];

  constructor({ engine, field, tableau, rows, columns }: StepperOptions, { keepStates }: StageStorage) {
    this.#engine = engine;
    this.#field = field;
    this.tableau = closeTableau(tableau);
    const count = this.tableau.b.length;
    const stages = Array.from({ length: count }, () => engine.allocate(rows, columns));
    const swapped = [...stages];
    [swapped[0], swapped[count - 1]] = [stages[count - 1], stages[0]];
    this.#stages = stages;
    this.#swappedStages = swapped;
    this.#stagesBefore = stages.map((_, i) => stages.slice(0, i));
    this.#swappedStagesBefore = swapped.map((_, i) => swapped.slice(0, i));
    const inner = keepStates ? null : engine.allocate(rows, columns);
    const { ownStages } = this.tableau;
    this.#states = stages.map((_, i) => {
      if (i === 0 || i === count - 1) return null;
      // The stiffness estimate reads g_s and g_{s−1}: they never share their places.
      return i >= ownStages - 2 ? engine.allocate(rows, columns) : (inner ?? engine.allocate(rows, columns));
    });
    const states = [inner, ...this.#states].filter((state) => state !== null);
    this.#ownTensors = [...new Set([...stages, ...states])];
  }

  /** Of the closed form: the end stage is the last. */
  get stages(): readonly Tensor[] {
    return this.#stages;
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
    this.#field.evaluate(t, y, this.#stages[0], keep);
  }

  /** Stages 2 … s and y1 from y at t; k_1 must be there already. */
  attempt(t: number, h: number, y: Tensor, y1: Tensor): void {
    const { b, ownStages } = this.tableau;
    for (let i = 1; i < ownStages; i += 1) this.evaluateStage(i, t, h, y, y1);
    if (!this.firstSameAsLast) this.#engine.combine(y1, y, h, b, this.#stages);
  }

  /** g_i and k_i from the stages before. @param keep activations for a later pullback */
  evaluateStage(i: number, t: number, h: number, y: Tensor, y1: Tensor, keep?: Activations): void {
    const state = this.stateOfStage(i, y, y1);
    this.#engine.combine(state, y, h, this.tableau.a[i], this.#stagesBefore[i]);
    this.#field.evaluate(t + this.tableau.c[i] * h, state, this.#stages[i], keep);
  }

  /** The end stage f(t + h, y1) from a y1 that is known already. */
  evaluateEnd(t: number, h: number, y1: Tensor, keep?: Activations): void {
    this.#field.evaluate(t + h, y1, this.#stages[this.#stages.length - 1], keep);
  }

  /** Where g_i lives: g_1 is y itself, that of the end stage y1. */
  stateOfStage(i: number, y: Tensor, y1: Tensor): Tensor {
    return i === 0 ? y : (this.#states[i] ?? y1);
  }

  /** The attempt as the error norm sees it; null if the method has no estimate. */
  stepError(h: number, y0: Tensor, y1: Tensor, { atol, rtol }: Tolerances): StepError | null {
    const { errorWeights } = this.tableau;
    return errorWeights && { y0, y1, h, weights: errorWeights, stages: this.#stages, atol, rtol };
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
      stages: [this.#stages[last], this.#stages[last - 1]],
      states: [this.stateOfStage(last, y, y1), this.stateOfStage(last - 1, y, y1)],
    };
  }

  /** After an accepted step: its end stage, which must be there, becomes the next step's first. */
  advance(): void {
    [this.#stages, this.#swappedStages] = [this.#swappedStages, this.#stages];
    [this.#stagesBefore, this.#swappedStagesBefore] = [this.#swappedStagesBefore, this.#stagesBefore];
  }

  dispose(): void {
    for (const tensor of this.#ownTensors) this.#engine.free(tensor);
  }
}

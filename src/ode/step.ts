/**
 * One attempted step of an explicit Runge–Kutta pair on engine tensors.
 *
 * Source: Hairer, Nørsett & Wanner I, II.4. The solver steps with it and the adjoint replays with it, so
 * both see the same stages bit for bit. Nothing is allocated after construction.
 */
import type { Activations, Awaitable, Engine, StepError, Tensor, Tolerances } from '../engines/engine.js';
import { isFirstSameAsLast, stageCount, type Tableau } from './tableau.js';
import type { VectorField } from './vector-field.js';

/** S = stageDifference / stateDifference of the last two stages (numerics, section 2); 0 if undefined. */
export interface StiffnessEstimate {
  readonly value: number;
  /** RMS(k_s − k_{s−1}) */
  readonly stageDifference: number;
  /** RMS(g_s − g_{s−1}) */
  readonly stateDifference: number;
}

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
  readonly tableau: Tableau;
  readonly firstSameAsLast: boolean;
  readonly #engine: Engine;
  readonly #field: VectorField;
  /** k_1 … k_s; after `advance` of an FSAL pair, first and last have changed places. */
  #stages: readonly Tensor[];
  #stagesBefore: readonly (readonly Tensor[])[];
  #swappedStages: readonly Tensor[];
  #swappedStagesBefore: readonly (readonly Tensor[])[];
  /** g_i by stage, without the first (y) and, of an FSAL pair, the last (y1); shared where states are not kept. */
  readonly #states: readonly (Tensor | null)[];
  readonly #ownTensors: readonly Tensor[];

  constructor({ engine, field, tableau, rows, columns }: StepperOptions, { keepStates }: StageStorage) {
    this.#engine = engine;
    this.#field = field;
    this.tableau = tableau;
    this.firstSameAsLast = isFirstSameAsLast(tableau);
    const count = stageCount(tableau);
    const stages = Array.from({ length: count }, () => engine.allocate(rows, columns));
    const swapped = [...stages];
    [swapped[0], swapped[count - 1]] = [stages[count - 1], stages[0]];
    this.#stages = stages;
    this.#swappedStages = swapped;
    this.#stagesBefore = stages.map((_, i) => stages.slice(0, i));
    this.#swappedStagesBefore = swapped.map((_, i) => swapped.slice(0, i));
    const inner = keepStates ? null : engine.allocate(rows, columns);
    this.#states = stages.map((_, i) => {
      if (i === 0 || (this.firstSameAsLast && i === count - 1)) return null;
      // The stiffness estimate reads g_{s−1}: it never shares its place.
      return i >= count - 2 ? engine.allocate(rows, columns) : (inner ?? engine.allocate(rows, columns));
    });
    const states = [inner, ...this.#states].filter((state) => state !== null);
    this.#ownTensors = [...new Set([...stages, ...states])];
  }

  get stages(): readonly Tensor[] {
    return this.#stages;
  }

  /** Calls of f that `attempt` makes. */
  get evaluationsPerAttempt(): number {
    return this.#stages.length - 1;
  }

  /** k_1 = f(t, y). */
  evaluateFirst(t: number, y: Tensor, keep?: Activations): void {
    this.#field.evaluate(t, y, this.#stages[0], keep);
  }

  /** Stages 2 … s and y1 from y at t; k_1 must be there already. */
  attempt(t: number, h: number, y: Tensor, y1: Tensor): void {
    const { b } = this.tableau;
    for (let i = 1; i < b.length; i += 1) this.evaluateStage(i, t, h, y, y1);
    if (!this.firstSameAsLast) this.#engine.combine(y1, y, h, b, this.#stages);
  }

  /** g_i and k_i from the stages before. @param keep activations for a later pullback */
  evaluateStage(i: number, t: number, h: number, y: Tensor, y1: Tensor, keep?: Activations): void {
    const state = this.stateOfStage(i, y, y1);
    this.#engine.combine(state, y, h, this.tableau.a[i], this.#stagesBefore[i]);
    this.#field.evaluate(t + this.tableau.c[i] * h, state, this.#stages[i], keep);
  }

  /** k_s = f(t + h, y1) of an FSAL pair whose y1 is known already. */
  evaluateLast(t: number, h: number, y1: Tensor, keep: Activations): void {
    this.#field.evaluate(t + h, y1, this.#stages[this.#stages.length - 1], keep);
  }

  /** Where g_i lives: g_1 is y itself, the last one of an FSAL pair y1. */
  stateOfStage(i: number, y: Tensor, y1: Tensor): Tensor {
    return i === 0 ? y : (this.#states[i] ?? y1);
  }

  /** The attempt as the error norm sees it. */
  stepError(h: number, y0: Tensor, y1: Tensor, { atol, rtol }: Tolerances): StepError {
    return { y0, y1, h, weights: this.tableau.errorWeights, stages: this.#stages, atol, rtol };
  }

  /** Stiffness estimate of the latest attempt. */
  estimateStiffness(y: Tensor, y1: Tensor): Awaitable<StiffnessEstimate> {
    const last = this.tableau.b.length - 1;
    const stage = this.#engine.rmsDifference(this.#stages[last], this.#stages[last - 1]);
    const state = this.#engine.rmsDifference(this.stateOfStage(last, y, y1), this.stateOfStage(last - 1, y, y1));
    if (typeof stage === 'number' && typeof state === 'number') return stiffness(stage, state);
    return Promise.all([stage, state]).then(([stageValue, stateValue]) => stiffness(stageValue, stateValue));
  }

  /** After an accepted step of an FSAL pair: its last stage becomes the next step's first. */
  advance(): void {
    [this.#stages, this.#swappedStages] = [this.#swappedStages, this.#stages];
    [this.#stagesBefore, this.#swappedStagesBefore] = [this.#swappedStagesBefore, this.#stagesBefore];
  }

  dispose(): void {
    for (const tensor of this.#ownTensors) this.#engine.free(tensor);
  }
}

function stiffness(stageDifference: number, stateDifference: number): StiffnessEstimate {
  const value = stateDifference === 0 ? 0 : stageDifference / stateDifference;
  return { value, stageDifference, stateDifference };
}

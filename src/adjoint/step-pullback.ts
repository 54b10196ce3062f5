/**
 * Reverse of one accepted step of an explicit Runge–Kutta method with frozen h, the same for every mode.
 *
 * Source: arXiv 2206.01298; numerics, section 4. For stages i = s … 1, with ȳ1 the cotangent of the step's end, ē
 * that of its error vector, and k̄ᴿ, ḡᴿ those that the stiffness estimate adds,
 *   k̄_i = h(b_i ȳ1 + (b_i − b̂_i) ē + Σ_{j>i} a_ji ḡ_j) + k̄ᴿ_i + Σ_outputs h w_i(θ) ȳ_θ,
 *   ḡ_i = f_yᵀ k̄_i + ḡᴿ_i,  θ̄ += f_θᵀ k̄_i,  ȳ = ȳ1 + Σ ḡ_i + scale terms of E + Σ_outputs ȳ_θ.
 * In the closed form of a method the end stage is the next step's first: its cotangent is handed back one step
 * and it is pulled back once. Where the field offers this sweep over the stages as one operation, it is taken so; the
 * operations here define what it computes.
 */
import type { Engine, StepError, Tensor, Tolerances } from '../engines/engine.js';
import type { FusedPullback, StageTensors, StepReverse } from '../engines/fused-steps.js';
import { closeTableau, type ClosedTableau } from '../ode/closed-tableau.js';
import type { AcceptedStep } from '../ode/grid.js';
import type { StepperOptions } from '../ode/step.js';
import type { VectorField } from '../ode/vector-field.js';
import type { OutputCotangents } from './output-cotangents.js';

/** A step as it was taken: the states at its ends, its stages and their activations. */
export interface TakenStep {
  readonly start: Tensor;
  readonly end: Tensor;
  readonly slots: StageTensors;
}

/** A step with everything that flows into its reverse. */
export interface StepCotangents extends TakenStep {
  readonly step: AcceptedStep;
  readonly endStage: EndStage;
  /** Ē_j, S̄_j; 0 for none. */
  readonly errorBar: number;
  readonly stiffnessBar: number;
  readonly outputs: OutputCotangents;
}

/**
 * What a step's end stage is in the reverse: shared with the first stage of the step after, or f at the end of the
 * final step – unused if nothing has a cotangent on it.
 */
export type EndStage = StepReverse['endStage'];

export class StepPullback {
  readonly #engine: Engine;
  readonly #field: VectorField;
  readonly #fused: FusedPullback | null;
  readonly #tableau: ClosedTableau;
  /** Index of the end stage. */
  readonly #end: number;
  readonly #entries: number;
  /** ḡ_i by stage. */
  readonly #stateBars: readonly Tensor[];
  /** k̄_i of the stage at hand. */
  readonly #stageBar: Tensor;
  /** k̄_1 of the step after, which is handed back. */
  readonly #handedBack: Tensor;
  /** ȳ at the two ends of the step at hand, and ē. */
  readonly #endBar: Tensor;
  readonly #startBar: Tensor;
  readonly #errorBar: Tensor;
  /** S̄ ∂S/∂k_s and S̄ ∂S/∂g_s; those by k_{s−1} and g_{s−1} are their negatives. */
  readonly #lastStageBar: Tensor;
  readonly #lastStateBar: Tensor;
  /** k_s − k_{s−1} or g_s − g_{s−1}, rounded once. */
  readonly #difference: Tensor;
  #pullbacks = 0;

  constructor({ engine, field, tableau, rows, columns }: StepperOptions) {
    const take = (): Tensor => engine.allocate(rows, columns);
    this.#engine = engine;
    this.#field = field;
    this.#tableau = closeTableau(tableau);
    const { b } = this.#tableau;
    this.#end = b.length - 1;
    this.#entries = rows * columns;
    this.#stateBars = b.map(take);
    this.#stageBar = take();
    this.#handedBack = take();
    this.#endBar = take();
    this.#startBar = take();
    this.#errorBar = take();
    this.#lastStageBar = take();
    this.#lastStateBar = take();
    this.#difference = take();
    this.#fused =
      field.fusePullback?.(this.#tableau, rows, {
        stateBars: this.#stateBars,
        stageBar: this.#stageBar,
        handedBack: this.#handedBack,
        endBar: this.#endBar,
        startBar: this.#startBar,
        errorBar: this.#errorBar,
        lastStageBar: this.#lastStageBar,
        lastStateBar: this.#lastStateBar,
      }) ?? null;
  }

  get tableau(): ClosedTableau {
    return this.#tableau;
  }

  get pullbacks(): number {
    return this.#pullbacks;
  }

  /** What the end stage of a step is for, before the step is there. */
  endStageRole(isFinal: boolean, cotangents: Pick<StepCotangents, 'errorBar' | 'stiffnessBar' | 'outputs'>): EndStage {
    const { errorBar, stiffnessBar, outputs } = cotangents;
    if (!isFinal) return 'shared';
    const isOwn = this.#tableau.ownStages === this.#tableau.b.length;
    return (isOwn && (errorBar !== 0 || stiffnessBar !== 0)) || outputs.inside.length > 0 ? 'at end' : 'unused';
  }

  /** At the end of the grid, with the cotangent of the end state. */
  begin(y1Bar: Tensor | null): void {
    this.#pullbacks = 0;
    if (y1Bar === null) this.#engine.fill(this.#endBar, 0);
    else this.#engine.combine(this.#endBar, y1Bar, 1, [], []);
  }

  /** From ȳ of the step's end (`#endBar`) to ȳ of its start, which becomes the next `#endBar`. */
  pullbackStep(cotangents: StepCotangents, tolerances: Tolerances): void {
    const { step, outputs, endStage, slots, start, end } = cotangents;
    const { t, h } = step;
    const ofStiffness = this.#pullbackStiffness(cotangents);
    this.#add(this.#endBar, outputs.atEnd);
    const ofError = this.#hasError(cotangents);
    if (ofError || ofStiffness) this.#engine.fill(this.#startBar, 0);
    if (ofError) this.#pullbackError(cotangents, tolerances);
    const reverse = { slots, t, h, start, end, endStage, outputs, ofError, ofStiffness };
    if (this.#fused === null) this.#sweep(reverse);
    else this.#fused.pullback(reverse);
    this.#pullbacks += endStage === 'unused' ? this.#end - 1 : this.#end;
  }

  /** What the first step handed back and the outputs at t0 give; null: there was no step. */
  finish(first: (TakenStep & { readonly t: number }) | null, atStart: readonly Tensor[], y0Bar: Tensor): void {
    if (first !== null) {
      this.#pullbackStage(0, first.t, first, this.#handedBack);
      this.#pullbacks += 1;
      this.#add(this.#endBar, [this.#stateBars[0]]);
    }
    this.#add(this.#endBar, atStart);
    this.#engine.combine(y0Bar, this.#endBar, 1, [], []);
  }

  dispose(): void {
    this.#fused?.dispose();
    const bars = [this.#stageBar, this.#handedBack, this.#endBar, this.#startBar, this.#errorBar];
    const ofStiffness = [this.#lastStageBar, this.#lastStateBar, this.#difference];
    for (const tensor of [...this.#stateBars, ...bars, ...ofStiffness]) this.#engine.free(tensor);
  }

  #hasError({ step: { error }, errorBar }: StepCotangents): boolean {
    return errorBar !== 0 && this.#tableau.errorWeights !== null && error !== null;
  }

  /** ē, and what reaches the two ends through the scale of E. */
  #pullbackError({ step: { h, error }, errorBar, start, end, slots }: StepCotangents, tolerances: Tolerances): void {
    const { errorWeights } = this.#tableau;
    if (errorWeights === null || error === null) return;
    const { atol, rtol } = tolerances;
    const stepError: StepError = { y0: start, y1: end, h, weights: errorWeights, stages: slots.stages, atol, rtol };
    this.#engine.errorNormPullback(stepError, error, errorBar, this.#errorBar, this.#startBar, this.#endBar);
  }

  /** The stages' cotangents and pullbacks, from the last to the first, and ȳ of the start. */
  #sweep(reverse: StepReverse): void {
    const { t, h, endStage, outputs, ofError, ofStiffness } = reverse;
    const { c, ownStages } = this.#tableau;
    for (let i = endStage === 'unused' ? this.#end - 1 : this.#end; i >= 1; i -= 1) {
      const base = i === this.#end && endStage === 'shared' ? this.#handedBack : null;
      this.#stageCotangent(this.#stageBar, base, i, reverse);
      const stateBar = this.#stateBars[i];
      this.#pullbackStage(i, t + c[i] * h, reverse, this.#stageBar);
      if (ofStiffness && i >= ownStages - 2) this.#addSigned(stateBar, i, this.#lastStateBar);
      // g of the end stage is y1: its cotangent joins ȳ1 before the other stages see it.
      if (i === this.#end) this.#add(this.#endBar, [stateBar]);
    }
    this.#stageCotangent(this.#handedBack, null, 0, reverse);
    const toStart = ofStiffness && ownStages === 2;
    if (toStart) this.#addSigned(this.#startBar, 0, this.#lastStateBar);
    const startBars = toStart || ofError ? [this.#startBar] : [];
    this.#add(this.#endBar, [...startBars, ...this.#stateBars.slice(1, this.#end), ...outputs.inside]);
  }

  /** target = base + k̄_i of the formula above. */
  #stageCotangent(
    target: Tensor,
    base: Tensor | null,
    i: number,
    { h, outputs, ofError, ofStiffness }: StepReverse,
  ): void {
    const { a, b, errorWeights, ownStages } = this.#tableau;
    const coefficients = [h * b[i], ...outputs.weights.map((weights) => h * weights[i])];
    const terms = [this.#endBar, ...outputs.inside];
    if (ofError && errorWeights !== null) {
      coefficients.push(h * errorWeights[i]);
      terms.push(this.#errorBar);
    }
    for (let j = i + 1; j < this.#end; j += 1) {
      coefficients.push(h * a[j][i]);
      terms.push(this.#stateBars[j]);
    }
    if (ofStiffness && (i === ownStages - 1 || i === ownStages - 2)) {
      coefficients.push(i === ownStages - 1 ? 1 : -1);
      terms.push(this.#lastStageBar);
    }
    this.#engine.combine(target, base, 1, coefficients, terms);
  }

  #pullbackStage(i: number, t: number, taken: TakenStep, stageBar: Tensor): void {
    const { stages, activations } = taken.slots;
    if (activations === null) throw new Error('The stages of the step came without their activations.');
    const state = this.#stateOfStage(i, taken);
    this.#field.pullback(t, state, stages[i], activations[i], stageBar, this.#stateBars[i]);
  }

  #stateOfStage(i: number, { start, end, slots }: TakenStep): Tensor {
    return i === 0 ? start : (slots.states[i] ?? end);
  }

  /**
   * S̄ ∂S/∂k_s and S̄ ∂S/∂g_s; what is divided by 0 is guarded to 0.
   * @returns whether there are any
   */
  #pullbackStiffness(cotangents: StepCotangents): boolean {
    const { stiffnessBar, slots } = cotangents;
    const { stiffness } = cotangents.step;
    if (stiffnessBar === 0 || stiffness === null) return false;
    const { value, stageDifference: stage, stateDifference: state } = stiffness;
    if (stage === 0 || state === 0) return false;
    const engine = this.#engine;
    if (stiffness.norm === 'max') {
      engine.fill(this.#lastStageBar, 0);
      engine.fill(this.#lastStateBar, 0);
      engine.addEntry(this.#lastStageBar, stiffness.entry, (stiffnessBar * Math.sign(stage)) / Math.abs(state));
      engine.addEntry(this.#lastStateBar, stiffness.entry, (-stiffnessBar * value) / state);
      return true;
    }
    const n = this.#entries;
    const last = this.#tableau.ownStages - 1;
    const states = [this.#stateOfStage(last, cotangents), this.#stateOfStage(last - 1, cotangents)];
    const slope = (-stiffnessBar * stage) / (n * state * state * state);
    // The difference first, then its slope: the slopes are huge where the differences are tiny.
    engine.combine(this.#difference, null, 1, [1, -1], [slots.stages[last], slots.stages[last - 1]]);
    engine.combine(this.#lastStageBar, null, stiffnessBar / (n * stage * state), [1], [this.#difference]);
    engine.combine(this.#difference, null, 1, [1, -1], states);
    engine.combine(this.#lastStateBar, null, slope, [1], [this.#difference]);
    return true;
  }

  /** target ± bar: the method's last stage has +, the one before −, any other nothing. */
  #addSigned(target: Tensor, i: number, bar: Tensor): void {
    const { ownStages } = this.#tableau;
    if (i < ownStages) this.#engine.combine(target, target, i === ownStages - 1 ? 1 : -1, [1], [bar]);
  }

  /** target += Σ terms. */
  #add(target: Tensor, terms: readonly Tensor[]): void {
    if (terms.length > 0) this.#engine.combine(target, target, 1, new Array<number>(terms.length).fill(1), terms);
  }
}

/**
 * Local regularisation: E·|h| of one step from somewhere on the trajectory (arXiv 2303.02262).
 *
 * The step starts at t_reg ~ U[t0, t1] (unbiased), or where a uniformly chosen accepted step starts (biased: towards
 * where the solver takes small steps), and has the automatic initial step size. For the gradient y(t_reg), k_1 and h
 * are constants, so nothing flows into the solve: with ē, ȳ1 the cotangents of the step's error vector and end,
 *   k̄_i = h(b_i ȳ1 + (b_i − b̂_i) ē + Σ_{j>i} a_ji ḡ_j),  ḡ_i = f_yᵀ k̄_i,  θ̄ += f_θᵀ k̄_i,  i = s … 2.
 *
 * With k_1 constant the weights b_i − b̂_i that are left no longer sum to 0, so the gradient is mostly that of f itself
 * rather than of how f changes along the step: descending on it alone raised the NFE of small nets, where with k_1
 * differentiated as well (i = s … 1) it fell. Hence `firstStage`.
 * Limit: E of so short a step is partly rounding in f32.
 */
import type { Activations, Engine, Tensor, Tolerances } from '../engines/engine.js';
import { initialStep } from '../ode/initial-step.js';
import { Stepper, type StepperOptions } from '../ode/step.js';
import type { LocalRegularizer } from './regularizer.js';

export const localSamplings = ['unbiased', 'biased'] as const;

export type LocalSampling = (typeof localSamplings)[number];

/** What k_1 is for the gradient. */
export const localFirstStages = ['constant', 'differentiated'] as const;

export type LocalFirstStage = (typeof localFirstStages)[number];

export function localRegularizer(sampling: LocalSampling, firstStage: LocalFirstStage = 'constant'): LocalRegularizer {
  return sampling === 'unbiased'
    ? { kind: 'local', firstStage, sampling, drawTime: ({ t0, t1 }, uniform) => t0 + (t1 - t0) * uniform() }
    : { kind: 'local', firstStage, sampling, drawStep: (steps, uniform) => Math.floor(uniform() * steps.length) };
}

export interface LocalStart extends Tolerances {
  readonly t: number;
  /** State at t; not changed, and to be kept until `pullback`. */
  readonly y: Tensor;
  /** End of the interval: the step does not go beyond. */
  readonly t1: number;
}

export interface LocalValue {
  /** E·|h|; 0 where no time is left for a step. */
  readonly value: number;
  readonly h: number;
  /** Calls of f. */
  readonly evaluations: number;
}

/** The extra step and its reverse; tensors for one batch size, made once. */
export class LocalStep {
  readonly #options: StepperOptions;
  readonly #engine: Engine;
  readonly #stepper: Stepper;
  readonly #firstStage: LocalFirstStage;
  /** By stage. */
  readonly #activations: readonly Activations[];
  /** ḡ_i by stage; the first two serve the probe of the initial step before. */
  readonly #stateBars: readonly Tensor[];
  readonly #stageBar: Tensor;
  readonly #end: Tensor;
  readonly #endBar: Tensor;
  readonly #errorBar: Tensor;
  /** The cotangent of y through the error scale, which is thrown away. */
  readonly #ignoredBar: Tensor;
  #taken: { readonly start: LocalStart; readonly h: number; readonly error: number } | null = null;

  constructor(options: StepperOptions, firstStage: LocalFirstStage = 'constant') {
    const { engine, field, rows, columns } = options;
    const take = (): Tensor => engine.allocate(rows, columns);
    this.#options = options;
    this.#firstStage = firstStage;
    this.#engine = engine;
    this.#stepper = new Stepper(options, { keepStates: true });
    const { b } = this.#stepper.tableau;
    this.#activations = b.map(() => field.createActivations(rows));
    this.#stateBars = b.map(take);
    this.#stageBar = take();
    this.#end = take();
    this.#endBar = take();
    this.#errorBar = take();
    this.#ignoredBar = take();
  }

  /** @throws Error if the method has no error estimate */
  async take(start: LocalStart): Promise<LocalValue> {
    const { t, t1, y } = start;
    const { engine, field, tableau } = this.#options;
    const stepper = this.#stepper;
    this.#taken = null;
    if (t === t1) return { value: 0, h: 0, evaluations: 0 };
    stepper.evaluateFirst(t, y, this.#activations[0]);
    const [state, derivative] = this.#stateBars;
    const size = await initialStep({
      engine,
      field,
      t0: t,
      t1,
      y0: y,
      derivative: stepper.stages[0],
      scratch: { state, derivative },
      order: tableau.order,
      tolerances: start,
    });
    const h = t1 < t ? -size : size;
    const { ownStages, b } = stepper.tableau;
    for (let i = 1; i < ownStages; i += 1) stepper.evaluateStage(i, t, h, y, this.#end, this.#activations[i]);
    if (!stepper.firstSameAsLast) engine.combine(this.#end, y, h, b, stepper.stages);
    const stepError = stepper.stepError(h, y, this.#end, start);
    if (stepError === null) throw new Error(`${tableau.name} has no error estimate: there is nothing to regularise.`);
    const error = await engine.errorNorm(stepError);
    this.#taken = { start, h, error };
    return { value: error * size, h, evaluations: 1 + ownStages };
  }

  /** Adds weight · ∂(E·|h|)/∂θ of the step taken last to the gradient. @returns pullbacks of f */
  pullback(weight: number): number {
    if (this.#taken === null) return 0;
    const { start, h, error } = this.#taken;
    const stepper = this.#stepper;
    const engine = this.#engine;
    const { field } = this.#options;
    const { c, ownStages } = stepper.tableau;
    const stepError = stepper.stepError(h, start.y, this.#end, start);
    if (stepError === null) return 0;
    engine.fill(this.#endBar, 0);
    const errorBar = weight * Math.abs(h);
    engine.errorNormPullback(stepError, error, errorBar, this.#errorBar, this.#ignoredBar, this.#endBar);
    const first = this.#firstStage === 'constant' ? 1 : 0;
    for (let i = ownStages - 1; i >= first; i -= 1) {
      this.#stageCotangent(i, h);
      const state = stepper.stateOfStage(i, start.y, this.#end);
      const stateBar = this.#stateBars[i];
      field.pullback(start.t + c[i] * h, state, stepper.stages[i], this.#activations[i], this.#stageBar, stateBar);
      // g of an end stage among the method's own is y1.
      if (state === this.#end) engine.combine(this.#endBar, this.#endBar, 1, [1], [stateBar]);
    }
    return ownStages - first;
  }

  dispose(): void {
    this.#stepper.dispose();
    for (const activations of this.#activations) activations.dispose();
    const bars = [this.#stageBar, this.#end, this.#endBar, this.#errorBar, this.#ignoredBar];
    for (const tensor of [...this.#stateBars, ...bars]) this.#engine.free(tensor);
  }

  #stageCotangent(i: number, h: number): void {
    const { a, b, errorWeights, ownStages } = this.#stepper.tableau;
    const coefficients = [b[i], errorWeights?.[i] ?? 0];
    const terms = [this.#endBar, this.#errorBar];
    for (let j = i + 1; j < ownStages; j += 1) {
      if (this.#stepper.firstSameAsLast && j === ownStages - 1) continue;
      coefficients.push(a[j][i]);
      terms.push(this.#stateBars[j]);
    }
    this.#engine.combine(this.#stageBar, null, h, coefficients, terms);
  }
}

/**
 * Continuous adjoint, for comparison with the discrete ones: dȳ/dt = −f_yᵀ ȳ integrated from t1 back to t0, with
 * θ̄ = ∫ f_θᵀ ȳ dt and ȳ jumping by its cotangent at each output time.
 *
 * Source: Chen et al. 2018, appendix B (`backsolve`: y is integrated back beside ȳ, and set anew at each output
 * time); `interpolating`: y is the forward solve's dense output. The method, its error control and the tolerances are
 * the forward solve's, on steps of its own. The integral is that of the augmented system: each accepted step adds
 * |h| b_i f_θᵀ ȳ_i at its own stages, which is of the same order as ȳ; like a quadrature it is left out of the error
 * norm, and since a pullback adds to the gradient, only accepted steps may make them.
 *
 * Known limits: the gradient is that of the flow, not of the numbers the solver computed; it differs from theirs by
 * the size of the tolerance. `backsolve` runs f backwards, which is unstable where f contracts. E and S are functions
 * of the steps, not of the flow: their cotangents cannot be carried.
 */
import type { Activations, Engine, StepError, Tensor, Tolerances } from '../engines/engine.js';
import { closeTableau, type ClosedTableau } from '../ode/closed-tableau.js';
import { createController, type ControllerSettings } from '../ode/controllers/index.js';
import type { SolveState } from '../ode/outcome.js';
import type { StepperOptions } from '../ode/step.js';
import type { VectorField } from '../ode/vector-field.js';

/** Writes the state at a time into a tensor. */
export type StateLookup = (t: number, target: Tensor) => void;

export interface BackwardSettings {
  readonly controller: ControllerSettings;
  /** Most attempted steps of the backward solve, accepted or not. */
  readonly maxSteps: number;
}

/** A step is stretched onto its target by at most this share of itself. */
const LANDING_SHARE = 1e-9;

/** The backward solve, from one output time to the one before; its tensors serve one pullback after another. */
export class BackwardFlow {
  readonly #engine: Engine;
  readonly #field: VectorField;
  readonly #tableau: ClosedTableau;
  readonly #end: number;
  readonly #settings: BackwardSettings;
  /** y and ȳ by stage, f and f_yᵀ ȳ there; the first is where the flow stands. */
  readonly #states: Tensor[];
  readonly #bars: Tensor[];
  readonly #slopes: Tensor[];
  readonly #products: Tensor[];
  readonly #activations: Activations[];
  readonly #scaledBar: Tensor;
  #t = 0;
  #h = 0;
  #attempts = 0;
  #evaluations = 0;
  #pullbacks = 0;

  constructor({ engine, field, tableau, rows, columns }: StepperOptions, settings: BackwardSettings) {
    this.#engine = engine;
    this.#field = field;
    this.#tableau = closeTableau(tableau);
    this.#settings = settings;
    const { b } = this.#tableau;
    const take = (): Tensor => engine.allocate(rows, columns);
    this.#end = b.length - 1;
    this.#states = b.map(take);
    this.#bars = b.map(take);
    this.#slopes = b.map(take);
    this.#products = b.map(take);
    this.#activations = b.map(() => field.createActivations(rows));
    this.#scaledBar = take();
  }

  get t(): number {
    return this.#t;
  }

  /** y where the flow stands, to be set; `restart` must follow. */
  get state(): Tensor {
    return this.#states[0];
  }

  /** ȳ where the flow stands; `restart` must follow a change. */
  get bar(): Tensor {
    return this.#bars[0];
  }

  get counts(): { readonly evaluations: number; readonly pullbacks: number } {
    return { evaluations: this.#evaluations, pullbacks: this.#pullbacks };
  }

  /** @param h first step, signed */
  begin(t: number, h: number): void {
    this.#t = t;
    this.#h = h;
    this.#attempts = 0;
    this.#evaluations = 0;
    this.#pullbacks = 0;
  }

  /**
   * Flows to a time, adding to the gradient of the parameters on the way.
   * @param lookup where y is known; null: integrated as well, from `state`
   */
  async flowTo(time: number, tolerances: Tolerances, lookup: StateLookup | null): Promise<SolveState> {
    if (time === this.#t) return 'success';
    const controller = createController(this.#settings.controller, this.#tableau.order);
    const isClosed = this.#tableau.ownStages === this.#end + 1;
    const direction = time < this.#t ? -1 : 1;
    if (lookup !== null) lookup(this.#t, this.#states[0]);
    this.#evaluate(0, this.#t);
    let lastError = 0;
    for (;;) {
      if (this.#attempts >= this.#settings.maxSteps) return 'max_steps';
      this.#attempts += 1;
      const lands = direction * (this.#t + this.#h - time) >= -LANDING_SHARE * Math.abs(this.#h);
      const h = lands ? time - this.#t : this.#h;
      if (this.#t + h === this.#t) return Number.isFinite(lastError) ? 'dt_underflow' : 'non_finite';
      this.#attempt(h, lookup);
      const error = await this.#errorNorm(h, tolerances, lookup === null);
      lastError = error;
      const accepted = controller.accepts(error);
      const next = h * controller.nextFactor(error);
      if (!accepted) {
        this.#h = next;
        continue;
      }
      // What was cut off to land says nothing about the step after.
      this.#h = lands && Math.abs(next) < Math.abs(this.#h) ? this.#h : next;
      this.#integrateParameters(h);
      this.#t = lands ? time : this.#t + h;
      if (!isClosed && !lands) this.#evaluate(this.#end, this.#t);
      for (const items of [this.#states, this.#bars, this.#slopes, this.#products]) swapEnds(items, this.#end);
      swapEnds(this.#activations, this.#end);
      if (lands) return 'success';
    }
  }

  dispose(): void {
    const tensors = [this.#states, this.#bars, this.#slopes, this.#products].flat();
    for (const tensor of [...tensors, this.#scaledBar]) this.#engine.free(tensor);
    for (const activations of this.#activations) activations.dispose();
  }

  /** All stages but the first, and y, ȳ at the end. */
  #attempt(h: number, lookup: StateLookup | null): void {
    const { a, c, ownStages } = this.#tableau;
    for (let i = 1; i <= this.#end; i += 1) {
      const t = this.#t + c[i] * h;
      if (lookup !== null) lookup(t, this.#states[i]);
      else this.#engine.combine(this.#states[i], this.#states[0], h, a[i], this.#slopes.slice(0, i));
      this.#engine.combine(this.#bars[i], this.#bars[0], -h, a[i], this.#products.slice(0, i));
      if (i < ownStages) this.#evaluate(i, t);
    }
  }

  #evaluate(i: number, t: number): void {
    const [state, slope, kept] = [this.#states[i], this.#slopes[i], this.#activations[i]];
    this.#field.evaluate(t, state, slope, kept);
    this.#field.pullbackInput(t, state, slope, kept, this.#bars[i], this.#products[i]);
    this.#evaluations += 1;
    this.#pullbacks += 1;
  }

  /** RMS over ȳ and, where it is integrated, y. */
  async #errorNorm(h: number, { atol, rtol }: Tolerances, withState: boolean): Promise<number> {
    const { errorWeights: weights } = this.#tableau;
    if (weights === null) throw new Error(`${this.#tableau.name} has no error estimate.`);
    const of = (values: readonly Tensor[], stages: readonly Tensor[], step: number): StepError => {
      return { y0: values[0], y1: values[this.#end], h: step, weights, stages, atol, rtol };
    };
    const ofBar = await this.#engine.errorNorm(of(this.#bars, this.#products, -h));
    if (!withState) return ofBar;
    const ofState = await this.#engine.errorNorm(of(this.#states, this.#slopes, h));
    return Math.sqrt((ofBar * ofBar + ofState * ofState) / 2);
  }

  /** θ̄ += |h| Σ b_i f_θᵀ ȳ_i: the step's own quadrature. */
  #integrateParameters(h: number): void {
    const { b, c, ownStages } = this.#tableau;
    for (let i = 0; i < ownStages; i += 1) {
      if (b[i] === 0) continue;
      this.#engine.combine(this.#scaledBar, null, -h * b[i], [1], [this.#bars[i]]);
      const t = this.#t + c[i] * h;
      this.#field.pullback(t, this.#states[i], this.#slopes[i], this.#activations[i], this.#scaledBar, null);
      this.#pullbacks += 1;
    }
  }
}

function swapEnds(items: unknown[], end: number): void {
  [items[0], items[end]] = [items[end], items[0]];
}

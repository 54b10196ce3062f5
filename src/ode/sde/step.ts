/**
 * One attempted step of a stochastic Runge–Kutta method on engine tensors: the formulas of `sri-tableau.ts`.
 *
 * The solver steps with it and the adjoint replays with it, so both see the same stages bit for bit. No tensor is
 * allocated after construction. Every attempt evaluates its first stage, also after a rejection, as the reference code
 * does: NFE is 2 + stages · attempts.
 */
import type { Activations, Awaitable, Engine, StepError, Tensor, Tolerances } from '../../engines/engine.js';
import { estimateStiffness, type LastStages, type StiffnessEstimate, type StiffnessNorm } from '../stiffness.js';
import type { VectorField } from '../vector-field.js';
import { planDrift, type DriftPlan, type ErrorSigns, type SriTableau } from './sri-tableau.js';
import { StepNoise } from './step-noise.js';

export interface SdeStepperOptions {
  readonly engine: Engine;
  /** f of du = f dt + g dW. */
  readonly drift: VectorField;
  /** g, entry by entry the factor of that entry's own dW. */
  readonly diffusion: VectorField;
  readonly method: SriTableau;
  readonly rows: number;
  readonly columns: number;
  /** Default `plus`, as the published experiments. */
  readonly errorSigns?: ErrorSigns;
}

/** By stage, what the evaluations of one attempt keep for their pullbacks. */
export interface SdeActivations {
  readonly drift: readonly Activations[];
  readonly diffusion: readonly Activations[];
}

export class SdeStepper {
  readonly method: SriTableau;
  readonly plan: DriftPlan;
  readonly noise: StepNoise;
  /** k_i and g_i; a k_i that the plan leaves out is never written. */
  readonly drifts: readonly Tensor[];
  readonly diffusions: readonly Tensor[];
  /** δ E1 + E2. */
  readonly error: Tensor;
  readonly #options: SdeStepperOptions;
  /** H0_i and H1_i; null for u itself. */
  readonly #driftStates: readonly (Tensor | null)[];
  readonly #diffusionStates: readonly (Tensor | null)[];
  readonly #driftsBefore: readonly (readonly Tensor[])[];
  readonly #diffusionsBefore: readonly (readonly Tensor[])[];
  readonly #bothBefore: readonly (readonly Tensor[])[];
  readonly #sum: Tensor;
  readonly #second: Tensor;
  readonly #tangentActivations: Activations | null;

  constructor(options: SdeStepperOptions) {
    const { engine, diffusion, method, rows, columns, errorSigns } = options;
    const take = (): Tensor => engine.allocate(rows, columns);
    const stages = [...method.c0.keys()];
    const some = (row: readonly number[]): boolean => row.some((weight) => weight !== 0);
    this.#options = options;
    this.method = method;
    this.plan = planDrift(method, errorSigns ?? 'plus');
    this.noise = new StepNoise(engine, method, rows, columns);
    this.drifts = stages.map(take);
    this.diffusions = stages.map(take);
    this.#driftStates = stages.map((i) => (some(this.plan.A0[i]) || some(method.B0[i]) ? take() : null));
    this.#diffusionStates = stages.map((i) => (some(this.plan.A1[i]) || some(method.B1[i]) ? take() : null));
    this.#driftsBefore = stages.map((i) => this.drifts.slice(0, i));
    this.#diffusionsBefore = stages.map((i) => this.diffusions.slice(0, i));
    this.#bothBefore = stages.map((i) => [...this.drifts.slice(0, i), ...this.diffusions.slice(0, i)]);
    this.error = take();
    this.#sum = take();
    this.#second = take();
    this.#tangentActivations = method.tangent ? diffusion.createActivations(rows) : null;
  }

  /** Calls of f and of g that `attempt` makes. */
  get evaluationsPerAttempt(): { readonly drift: number; readonly diffusion: number } {
    return { drift: this.plan.stages.length, diffusion: this.diffusions.length };
  }

  /** Stages, y1 and the error vector of the step from y at t, with the noise drawn before. */
  attempt(t: number, h: number, y: Tensor, y1: Tensor, keep?: SdeActivations): void {
    const { drift, diffusion } = this.#options;
    const { c0, c1 } = this.method;
    for (let i = 0; i < c0.length; i += 1) {
      if (this.plan.stages.includes(i)) {
        this.#formDriftState(i, h, y);
        drift.evaluate(t + c0[i] * h, this.driftState(i, y), this.drifts[i], keep?.drift[i]);
      }
      this.#formDiffusionState(i, h, y);
      const kept = keep?.diffusion[i] ?? this.#tangentActivations ?? undefined;
      diffusion.evaluate(t + c1[i] * h, this.diffusionState(i, y), this.diffusions[i], kept);
    }
    this.#advance(t, h, y, y1);
  }

  /** H0_i of the latest attempt, which started from y. */
  driftState(i: number, y: Tensor): Tensor {
    return this.#driftStates[i] ?? y;
  }

  /** H1_i of the latest attempt. */
  diffusionState(i: number, y: Tensor): Tensor {
    return this.#diffusionStates[i] ?? y;
  }

  /** The attempt as the error norm sees it; null if the method has no estimate. */
  stepError(y0: Tensor, y1: Tensor, { atol, rtol }: Tolerances): StepError | null {
    const { estimate } = this.method;
    return estimate && { y0, y1, h: 1, weights: [1], stages: [this.error], atol, rtol };
  }

  /** Stiffness estimate of the latest attempt, which started from y. */
  estimateStiffness(norm: StiffnessNorm, y: Tensor): Awaitable<StiffnessEstimate> {
    return estimateStiffness(this.#options.engine, norm, this.lastStages(y));
  }

  /** The last two stages of the drift. */
  lastStages(y: Tensor): LastStages {
    const last = this.drifts.length - 1;
    return {
      stages: [this.drifts[last], this.drifts[last - 1]],
      states: [this.driftState(last, y), this.driftState(last - 1, y)],
    };
  }

  dispose(): void {
    const states = [...this.#driftStates, ...this.#diffusionStates].filter((state) => state !== null);
    const own = [...this.drifts, ...this.diffusions, ...states, this.error, this.#sum, this.#second];
    for (const tensor of own) this.#options.engine.free(tensor);
    this.#tangentActivations?.dispose();
    this.noise.dispose();
  }

  #formDriftState(i: number, h: number, y: Tensor): void {
    const state = this.#driftStates[i];
    if (state === null) return;
    const { engine } = this.#options;
    engine.combine(this.#sum, null, 1, this.method.B0[i], this.#diffusionsBefore[i]);
    engine.combine(state, y, h, this.plan.A0[i], this.#driftsBefore[i]);
    engine.multiply(state, state, 1, this.noise.chi2, this.#sum);
  }

  #formDiffusionState(i: number, h: number, y: Tensor): void {
    const state = this.#diffusionStates[i];
    if (state === null) return;
    const root = Math.sqrt(h);
    const weights = [...this.plan.A1[i].map((a) => h * a), ...this.method.B1[i].map((b) => root * b)];
    this.#options.engine.combine(state, y, 1, weights, this.#bothBefore[i]);
  }

  /** u1 and δ E1 + E2 from the stages. */
  #advance(t: number, h: number, y: Tensor, y1: Tensor): void {
    const { engine, diffusion } = this.#options;
    const { beta1, beta2, beta3, beta4, estimate, tangent } = this.method;
    const { dW, chi1, chi2, chi3 } = this.noise;
    engine.combine(y1, y, h, this.plan.alpha, this.drifts);
    this.#addProduct(y1, dW, beta1);
    this.#addProduct(y1, chi1, beta2);
    if (tangent && this.#tangentActivations !== null) {
      const [first] = this.diffusions;
      diffusion.pushforward(t, y, first, this.#tangentActivations, 0, first, this.#sum);
      engine.multiply(y1, y1, Math.sqrt(h), chi1, this.#sum);
    }
    if (estimate === null) return;
    engine.fill(this.#second, 0);
    this.#addProduct(this.#second, chi2, beta3);
    this.#addProduct(this.#second, chi3, beta4);
    engine.combine(y1, y1, 1, [1], [this.#second]);
    engine.combine(this.error, this.#second, h, this.plan.errorWeights, this.drifts);
  }

  /** target += variable ⊙ Σ weights_i g_i. */
  #addProduct(target: Tensor, variable: Tensor, weights: readonly number[]): void {
    if (weights.every((weight) => weight === 0)) return;
    const { engine } = this.#options;
    engine.combine(this.#sum, null, 1, weights, this.diffusions);
    engine.multiply(target, target, 1, variable, this.#sum);
  }
}

/**
 * One attempted step of a stochastic Runge–Kutta method on engine tensors: the formulas of `sri-tableau.ts`.
 *
 * The solver steps with it and the adjoint replays with it, so both see the same stages bit for bit. No tensor is
 * allocated after construction. Every attempt evaluates its first stage, also after a rejection, as the reference code
 * does: NFE is 2 + stages · attempts.
 */
import type { Activations, Awaitable, StepError, Tensor, Tolerances } from '../../engines/engine.js';
import { estimateStiffness, type StiffnessEstimate, type StiffnessNorm } from '../stiffness.js';
import type { BrownianPath } from './brownian-path.js';
import { planDrift, type DriftPlan, type ErrorSigns, type SriTableau } from './sri-tableau.js';
import { StepNoise } from './step-noise.js';
import { allocateSdeSlots, freeSdeSlots, lastSdeStages, type SdeSlotOptions, type SdeStepSlots } from './step-slots.js';

/** `drift` is f and `diffusion` g of du = f dt + g dW: entry by entry the factor of that entry's own dW. */
export interface SdeStepperOptions extends SdeSlotOptions {
  /** Default `plus`, as the published experiments. */
  readonly errorSigns?: ErrorSigns;
}

export class SdeStepper {
  readonly method: SriTableau;
  readonly plan: DriftPlan;
  readonly #options: SdeStepperOptions;
  readonly #noise: StepNoise;
  readonly #own: SdeStepSlots;
  #slots: SdeStepSlots;
  /** The tangent of the diffusion along g_1, and what its call needs; null for methods without it. */
  readonly #tangent: { readonly value: Tensor; readonly kept: Activations } | null;

  /** @param keepActivations whether its own slots keep what pullbacks need */
  constructor(options: SdeStepperOptions, keepActivations: boolean) {
    const { engine, diffusion, method, rows, columns, errorSigns } = options;
    this.#options = options;
    this.method = method;
    this.plan = planDrift(method, errorSigns ?? 'plus');
    this.#noise = new StepNoise(engine, method, rows * columns);
    this.#own = allocateSdeSlots(options, this.plan, keepActivations);
    this.#slots = this.#own;
    this.#tangent = method.tangent
      ? { value: engine.allocate(rows, columns), kept: diffusion.createActivations(rows) }
      : null;
  }

  /** The places of the latest attempt. */
  get slots(): SdeStepSlots {
    return this.#slots;
  }

  /** Attempts go to these places from now on; null: to its own. */
  use(slots: SdeStepSlots | null): void {
    this.#slots = slots ?? this.#own;
  }

  /** Calls of f and of g that `attempt` makes. */
  get evaluationsPerAttempt(): { readonly drift: number; readonly diffusion: number } {
    return { drift: this.plan.stages.length, diffusion: this.method.c1.length };
  }

  /** The random variables of the step from t to t + h. */
  draw(path: BrownianPath, t: number, h: number): void {
    this.#noise.draw(this.#slots.noise, path, t, h);
  }

  /** Stages, y1 and the error vector of the step from y at t, with the noise drawn before. */
  attempt(t: number, h: number, y: Tensor, y1: Tensor): void {
    this.evaluateStages(t, h, y);
    this.#advance(t, h, y, y1);
    if (this.method.estimate !== null) this.formError(h);
  }

  /** The stages alone. */
  evaluateStages(t: number, h: number, y: Tensor): void {
    const { drift, diffusion } = this.#options;
    const { c0, c1 } = this.method;
    const { drifts, diffusions, activations } = this.#slots;
    for (let i = 0; i < c0.length; i += 1) {
      if (this.plan.stages.includes(i)) {
        this.#formDriftState(i, h, y);
        drift.evaluate(t + c0[i] * h, this.driftState(i, y), drifts[i], activations?.drift[i] ?? undefined);
      }
      this.#formDiffusionState(i, h, y);
      const kept = activations?.diffusion[i] ?? this.#tangent?.kept;
      diffusion.evaluate(t + c1[i] * h, this.diffusionState(i, y), diffusions[i], kept);
    }
  }

  /** δ E1 + E2 from the stages. */
  formError(h: number): void {
    const { drifts, diffusions, error, noise } = this.#slots;
    this.#options.engine.combineProducts(error, null, [
      { factor: null, coefficients: scaled(h, this.plan.errorWeights), terms: drifts },
      { factor: noise.chi2, coefficients: this.method.beta3, terms: diffusions },
      { factor: noise.chi3, coefficients: this.method.beta4, terms: diffusions },
    ]);
  }

  /** H0_i of the latest attempt, which started from y. */
  driftState(i: number, y: Tensor): Tensor {
    return this.#slots.driftStates[i] ?? y;
  }

  /** H1_i of the latest attempt. */
  diffusionState(i: number, y: Tensor): Tensor {
    return this.#slots.diffusionStates[i] ?? y;
  }

  /** The attempt as the error norm sees it; null if the method has no estimate. */
  stepError(y0: Tensor, y1: Tensor, { atol, rtol }: Tolerances): StepError | null {
    const { estimate } = this.method;
    return estimate && { y0, y1, h: 1, weights: [1], stages: [this.#slots.error], atol, rtol };
  }

  /** Stiffness estimate of the latest attempt, which started from y. */
  estimateStiffness(norm: StiffnessNorm, y: Tensor): Awaitable<StiffnessEstimate> {
    return estimateStiffness(this.#options.engine, norm, lastSdeStages(this.#slots, y));
  }

  dispose(): void {
    const { engine } = this.#options;
    freeSdeSlots(engine, this.#own);
    if (this.#tangent === null) return;
    engine.free(this.#tangent.value);
    this.#tangent.kept.dispose();
  }

  #formDriftState(i: number, h: number, y: Tensor): void {
    const { noise, driftStates, driftsBefore, diffusionsBefore } = this.#slots;
    const state = driftStates[i];
    if (state === null) return;
    this.#options.engine.combineProducts(state, y, [
      { factor: null, coefficients: scaled(h, this.plan.A0[i]), terms: driftsBefore[i] },
      { factor: noise.chi2, coefficients: this.method.B0[i], terms: diffusionsBefore[i] },
    ]);
  }

  #formDiffusionState(i: number, h: number, y: Tensor): void {
    const { diffusionStates, driftsBefore, diffusionsBefore } = this.#slots;
    const state = diffusionStates[i];
    if (state === null) return;
    this.#options.engine.combineProducts(state, y, [
      { factor: null, coefficients: scaled(h, this.plan.A1[i]), terms: driftsBefore[i] },
      { factor: null, coefficients: scaled(Math.sqrt(h), this.method.B1[i]), terms: diffusionsBefore[i] },
    ]);
  }

  /** u1 from the stages. */
  #advance(t: number, h: number, y: Tensor, y1: Tensor): void {
    const { engine, diffusion } = this.#options;
    const { beta1, beta2, beta3, beta4 } = this.method;
    const { drifts, diffusions, noise } = this.#slots;
    engine.combineProducts(y1, y, [
      { factor: null, coefficients: scaled(h, this.plan.alpha), terms: drifts },
      { factor: noise.dW, coefficients: beta1, terms: diffusions },
      { factor: noise.chi1, coefficients: beta2, terms: diffusions },
      { factor: noise.chi2, coefficients: beta3, terms: diffusions },
      { factor: noise.chi3, coefficients: beta4, terms: diffusions },
    ]);
    if (this.#tangent === null) return;
    const { value, kept } = this.#tangent;
    diffusion.pushforward(t, y, diffusions[0], kept, 0, diffusions[0], value);
    engine.multiply(y1, y1, Math.sqrt(h), noise.chi1, value);
  }
}

function scaled(scale: number, weights: readonly number[]): readonly number[] {
  return weights.map((weight) => scale * weight);
}

/**
 * Discrete adjoint of a stochastic solve by replay: the same grid, the same path, each step pulled back in one sweep.
 *
 * Source: reverse mode of the step in `ode/sde/sri-tableau.ts` with frozen t, h and noise. With ȳ1 the cotangent of the
 * step's end, ē that of its error vector δ E1 + E2, q = ȳ1 + ē, and k̄ᴿ, H̄ᴿ those that the stiffness estimate adds, for
 * stages i = s … 1 (products with dW and χ entrywise):
 *   k̄_i = h α_i ȳ1 ± δ h ē + h Σ_{m>i} (A0_mi H̄0_m + A1_mi H̄1_m) + k̄ᴿ_i,
 *   ḡ_i = β1_i dW ȳ1 + β2_i χ1 ȳ1 + β3_i χ2 q + β4_i χ3 q + Σ_{m>i} (B0_mi χ2 H̄0_m + √h B1_mi H̄1_m),
 *   H̄0_i = f_uᵀ k̄_i + H̄ᴿ_i,  H̄1_i = g_uᵀ ḡ_i,  θ̄ += f_θᵀ k̄_i + g_θᵀ ḡ_i,
 *   ȳ = ȳ1 + Σ (H̄0_i + H̄1_i) + scale terms of E.
 * The noise has no tape: it is drawn again from the path. The gradient is that of the numbers the solver computed, with
 * the grid held fixed (numerics, section 3); g need not be diagonal for it to be exact.
 *
 * Memory: one state a step and the stages, activations and cotangents of one step.
 * Limit: Milstein's method with the tangent of g would need second derivatives of g; use `milstein_difference`.
 */
import type { Engine, Tensor } from '../engines/engine.js';
import { UserError } from '../errors.js';
import type { AcceptedStep } from '../ode/grid.js';
import type { BrownianPath } from '../ode/sde/brownian-path.js';
import { SdeStepper, type SdeActivations, type SdeStepperOptions } from '../ode/sde/step.js';
import type { VectorField } from '../ode/vector-field.js';
import { checkAdjointRequest, type AdjointRequest, type AdjointStatistics } from './adjoint.js';

export interface SdeAdjointRequest extends AdjointRequest {
  /** The path of the forward solve. */
  readonly path: BrownianPath;
}

/** One product of a coefficient and a tensor. */
type Term = readonly [number, Tensor];

export class SdeAdjoint {
  readonly #engine: Engine;
  readonly #drift: VectorField;
  readonly #diffusion: VectorField;
  readonly #stepper: SdeStepper;
  readonly #activations: SdeActivations;
  readonly #entries: number;
  /** H̄0_i, χ2 H̄0_i and H̄1_i by stage. */
  readonly #driftStateBars: readonly Tensor[];
  readonly #noisyStateBars: readonly Tensor[];
  readonly #diffusionStateBars: readonly Tensor[];
  /** k̄_i or ḡ_i of the stage at hand. */
  readonly #stageBar: Tensor;
  /** ȳ at the two ends of the step at hand, ē, and ȳ1 + ē. */
  readonly #endBar: Tensor;
  readonly #startBar: Tensor;
  readonly #errorBar: Tensor;
  readonly #sumBar: Tensor;
  /** dW ȳ1, χ1 ȳ1, χ2 q, χ3 q. */
  readonly #products: readonly Tensor[];
  /** y1 of the replay. */
  readonly #end: Tensor;
  /** S̄ ∂S/∂k_s and S̄ ∂S/∂H0_s; those of the stage before have the opposite sign. */
  readonly #lastStageBar: Tensor;
  readonly #lastStateBar: Tensor;
  readonly #difference: Tensor;
  #pullbacks = 0;

  /** @throws UserError if the method has no discrete adjoint */
  constructor(options: SdeStepperOptions) {
    const { engine, drift, diffusion, method, rows, columns } = options;
    if (method.tangent) {
      const hint = 'Use milstein_difference, of the same order.';
      throw new UserError('usage', `The method ${method.name} has no adjoint: it needs second derivatives.`, { hint });
    }
    const take = (): Tensor => engine.allocate(rows, columns);
    this.#engine = engine;
    this.#drift = drift;
    this.#diffusion = diffusion;
    this.#stepper = new SdeStepper(options);
    this.#activations = {
      drift: method.c0.map(() => drift.createActivations(rows)),
      diffusion: method.c1.map(() => diffusion.createActivations(rows)),
    };
    this.#entries = rows * columns;
    this.#driftStateBars = method.c0.map(take);
    this.#noisyStateBars = method.c0.map(take);
    this.#diffusionStateBars = method.c1.map(take);
    this.#stageBar = take();
    this.#endBar = take();
    this.#startBar = take();
    this.#errorBar = take();
    this.#sumBar = take();
    this.#products = [take(), take(), take(), take()];
    this.#end = take();
    this.#lastStageBar = take();
    this.#lastStateBar = take();
    this.#difference = take();
  }

  /**
   * Pulls the cotangents back through the whole grid and adds to the gradients of the parameters of both fields.
   * @returns calls of drift and diffusion together
   * @throws Error if the request's parts do not fit
   */
  pullback(request: SdeAdjointRequest): AdjointStatistics {
    checkAdjointRequest(request);
    const { grid, y1Bar, y0Bar, errorBars, outputBars } = request;
    const engine = this.#engine;
    const { estimate, name } = this.#stepper.method;
    if (errorBars !== null && estimate === null) throw new Error(`The method ${name} has no error to differentiate.`);
    this.#pullbacks = 0;
    if (y1Bar === null) engine.fill(this.#endBar, 0);
    else engine.combine(this.#endBar, y1Bar, 1, [], []);

    for (let j = grid.steps.length - 1; j >= 0; j -= 1) this.#pullbackStep(request, j);
    const atStart = outputBars.filter((_, m) => grid.outputs[m].step < 0);
    this.#add(
      this.#endBar,
      atStart.map((bar) => [1, bar]),
    );
    engine.combine(y0Bar, this.#endBar, 1, [], []);
    const { drift, diffusion } = this.#stepper.evaluationsPerAttempt;
    return { evaluations: grid.steps.length * (drift + diffusion), pullbacks: this.#pullbacks };
  }

  dispose(): void {
    this.#stepper.dispose();
    for (const kept of [...this.#activations.drift, ...this.#activations.diffusion]) kept.dispose();
    const byStage = [...this.#driftStateBars, ...this.#noisyStateBars, ...this.#diffusionStateBars];
    const bars = [this.#stageBar, this.#endBar, this.#startBar, this.#errorBar, this.#sumBar, ...this.#products];
    const others = [this.#end, this.#lastStageBar, this.#lastStateBar, this.#difference];
    for (const tensor of [...byStage, ...bars, ...others]) this.#engine.free(tensor);
  }

  /** From ȳ of the step's end (`#endBar`) to ȳ of its start, which becomes the next `#endBar`. */
  #pullbackStep(request: SdeAdjointRequest, j: number): void {
    const { grid, states, errorBars, stiffnessBars, path } = request;
    const step = grid.steps[j];
    const { t, h } = step;
    const [engine, stepper, start] = [this.#engine, this.#stepper, states[j]];
    stepper.noise.draw(path, t, h);
    stepper.attempt(t, h, start, this.#end, this.#activations);

    engine.fill(this.#startBar, 0);
    this.#addOutputs(request, j);
    const errorBar = errorBars?.[j] ?? 0;
    const stepError = stepper.stepError(start, this.#end, request);
    if (errorBar === 0 || stepError === null || step.error === null) engine.fill(this.#errorBar, 0);
    else engine.errorNormPullback(stepError, step.error, errorBar, this.#errorBar, this.#startBar, this.#endBar);
    this.#multiplyByNoise();
    this.#pullbackStiffness(step, stiffnessBars?.[j] ?? 0, start);
    for (let i = stepper.drifts.length - 1; i >= 0; i -= 1) {
      this.#pullbackDrift(i, step, start);
      this.#pullbackDiffusion(i, step, start);
    }
    const stateBars = [...stepper.plan.stages.map((i) => this.#driftStateBars[i]), ...this.#diffusionStateBars];
    this.#add(
      this.#endBar,
      [this.#startBar, ...stateBars].map((bar) => [1, bar]),
    );
  }

  /** Cotangents of the outputs that step j gives, (1 − θ) y + θ y1, to ȳ at both of its ends. */
  #addOutputs({ grid, outputBars }: SdeAdjointRequest, j: number): void {
    for (const [m, { step, theta }] of grid.outputs.entries()) {
      if (step !== j) continue;
      this.#add(this.#endBar, [[theta, outputBars[m]]]);
      this.#add(this.#startBar, [[1 - theta, outputBars[m]]]);
    }
  }

  #multiplyByNoise(): void {
    const engine = this.#engine;
    const { dW, chi1, chi2, chi3 } = this.#stepper.noise;
    engine.combine(this.#sumBar, this.#endBar, 1, [1], [this.#errorBar]);
    engine.multiply(this.#products[0], null, 1, dW, this.#endBar);
    engine.multiply(this.#products[1], null, 1, chi1, this.#endBar);
    engine.multiply(this.#products[2], null, 1, chi2, this.#sumBar);
    engine.multiply(this.#products[3], null, 1, chi3, this.#sumBar);
  }

  #pullbackDrift(i: number, { t, h }: AcceptedStep, start: Tensor): void {
    const stepper = this.#stepper;
    const { stages, A0, A1, alpha, errorWeights } = stepper.plan;
    if (!stages.includes(i)) return;
    const terms: Term[] = [
      [h * alpha[i], this.#endBar],
      [h * errorWeights[i], this.#errorBar],
    ];
    for (let m = i + 1; m < A0.length; m += 1) {
      if (stages.includes(m)) terms.push([h * A0[m][i], this.#driftStateBars[m]]);
      terms.push([h * A1[m][i], this.#diffusionStateBars[m]]);
    }
    // The stiffness estimate is a function of the last two stages, with opposite slopes.
    const last = A0.length - 1;
    const sign = i === last ? 1 : i === last - 1 ? -1 : 0;
    terms.push([sign, this.#lastStageBar]);
    this.#set(this.#stageBar, terms);
    const stateBar = this.#driftStateBars[i];
    const state = stepper.driftState(i, start);
    const time = t + stepper.method.c0[i] * h;
    this.#drift.pullback(time, state, stepper.drifts[i], this.#activations.drift[i], this.#stageBar, stateBar);
    this.#pullbacks += 1;
    if (sign !== 0) this.#add(stateBar, [[sign, this.#lastStateBar]]);
    this.#engine.multiply(this.#noisyStateBars[i], null, 1, stepper.noise.chi2, stateBar);
  }

  #pullbackDiffusion(i: number, { t, h }: AcceptedStep, start: Tensor): void {
    const stepper = this.#stepper;
    const { beta1, beta2, beta3, beta4, B0, B1, c1 } = stepper.method;
    const terms: Term[] = [beta1, beta2, beta3, beta4].map((beta, n) => [beta[i], this.#products[n]]);
    for (let m = i + 1; m < B0.length; m += 1) {
      if (stepper.plan.stages.includes(m)) terms.push([B0[m][i], this.#noisyStateBars[m]]);
      terms.push([Math.sqrt(h) * B1[m][i], this.#diffusionStateBars[m]]);
    }
    this.#set(this.#stageBar, terms);
    const stateBar = this.#diffusionStateBars[i];
    const state = stepper.diffusionState(i, start);
    const kept = this.#activations.diffusion[i];
    this.#diffusion.pullback(t + c1[i] * h, state, stepper.diffusions[i], kept, this.#stageBar, stateBar);
    this.#pullbacks += 1;
  }

  /** S̄ ∂S/∂k_s and S̄ ∂S/∂H0_s; what is divided by 0 is guarded to 0. */
  #pullbackStiffness({ stiffness }: AcceptedStep, stiffnessBar: number, start: Tensor): void {
    const engine = this.#engine;
    engine.fill(this.#lastStageBar, 0);
    engine.fill(this.#lastStateBar, 0);
    if (stiffnessBar === 0 || stiffness === null) return;
    const { value, stageDifference: stage, stateDifference: state } = stiffness;
    if (stage === 0 || state === 0) return;
    if (stiffness.norm === 'max') {
      engine.addEntry(this.#lastStageBar, stiffness.entry, (stiffnessBar * Math.sign(stage)) / Math.abs(state));
      engine.addEntry(this.#lastStateBar, stiffness.entry, (-stiffnessBar * value) / state);
      return;
    }
    const { stages, states } = this.#stepper.lastStages(start);
    // The difference first, then its slope: the slopes are huge where the differences are tiny.
    engine.combine(this.#difference, null, 1, [1, -1], stages);
    this.#set(this.#lastStageBar, [[stiffnessBar / (this.#entries * stage * state), this.#difference]]);
    engine.combine(this.#difference, null, 1, [1, -1], states);
    const slope = (-stiffnessBar * stage) / (this.#entries * state * state * state);
    this.#set(this.#lastStateBar, [[slope, this.#difference]]);
  }

  /** target = Σ terms. */
  #set(target: Tensor, terms: readonly Term[]): void {
    this.#engine.combine(
      target,
      null,
      1,
      terms.map(([coefficient]) => coefficient),
      terms.map(([, tensor]) => tensor),
    );
  }

  /** target += Σ terms. */
  #add(target: Tensor, terms: readonly Term[]): void {
    if (terms.length === 0) return;
    this.#engine.combine(
      target,
      target,
      1,
      terms.map(([coefficient]) => coefficient),
      terms.map(([, tensor]) => tensor),
    );
  }
}

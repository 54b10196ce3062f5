/**
 * Discrete adjoint of a stochastic solve: the same grid, the same path, each step pulled back in one sweep.
 *
 * Source: reverse mode of the step in `ode/sde/sri-tableau.ts` with frozen t, h and noise. With ȳ1 the cotangent of the
 * step's end, ē that of its error vector δ E1 + E2, q = ȳ1 + ē, and k̄ᴿ, H̄ᴿ those that the stiffness estimate adds, for
 * stages i = s … 1 (products with dW and χ entrywise):
 *   k̄_i = h α_i ȳ1 ± δ h ē + h Σ_{m>i} (A0_mi H̄0_m + A1_mi H̄1_m) + k̄ᴿ_i,
 *   ḡ_i = β1_i dW ȳ1 + β2_i χ1 ȳ1 + β3_i χ2 q + β4_i χ3 q + Σ_{m>i} (B0_mi χ2 H̄0_m + √h B1_mi H̄1_m),
 *   H̄0_i = f_uᵀ k̄_i + H̄ᴿ_i,  H̄1_i = g_uᵀ ḡ_i,  θ̄ += f_θᵀ k̄_i + g_θᵀ ḡ_i,
 *   ȳ = ȳ1 + Σ (H̄0_i + H̄1_i) + scale terms of E.
 * The gradient is that of the numbers the solver computed, with the grid held fixed (numerics, section 3); g need not
 * be diagonal for it to be exact.
 *
 * Modes, with the same bits: `checkpoint` draws the noise of each step again from the path and computes its stages
 * again; memory is one state a step, held by the solution, and the stages of one step. `stages` has the solver
 * write noise, stages and activations of every step to where the pullback finds them.
 * Limit: Milstein's method with the tangent of g would need second derivatives of g; use `milstein_difference`.
 */
import type { Engine, Tensor } from '../engines/engine.js';
import { UserError } from '../errors.js';
import type { AcceptedStep } from '../ode/grid.js';
import type { BrownianPath } from '../ode/sde/brownian-path.js';
import { planDrift, type DriftPlan, type SriTableau } from '../ode/sde/sri-tableau.js';
import type { SdeStepKeeper } from '../ode/sde/step-keeper.js';
import { lastSdeStages, type SdeStepSlots } from '../ode/sde/step-slots.js';
import type { SdeStepperOptions } from '../ode/sde/step.js';
import type { VectorField } from '../ode/vector-field.js';
import { checkAdjointRequest, type AdjointRequest, type AdjointStatistics } from './adjoint.js';
import { RecordedSdeSteps } from './recorded-sde-steps.js';
import { SdeReplay, type SdeSteps } from './sde-steps.js';

export interface SdeAdjointRequest extends AdjointRequest {
  /** The path of the forward solve. */
  readonly path: BrownianPath;
}

/** The cotangent of an output at the share theta of its step. */
interface StepOutput {
  readonly theta: number;
  readonly bar: Tensor;
}

export type SdeAdjointMode = 'checkpoint' | 'stages';

export class SdeAdjoint {
  /** What the forward solve takes for `keeper`. */
  readonly keeper: SdeStepKeeper | null;
  readonly #engine: Engine;
  readonly #drift: VectorField;
  readonly #diffusion: VectorField;
  readonly #method: SriTableau;
  readonly #plan: DriftPlan;
  readonly #steps: SdeSteps;
  readonly #entries: number;
  /** H̄0_i and H̄1_i by stage. */
  readonly #driftStateBars: readonly Tensor[];
  readonly #diffusionStateBars: readonly Tensor[];
  /** Those of the stages after. */
  readonly #driftStateBarsAfter: readonly (readonly Tensor[])[];
  readonly #diffusionStateBarsAfter: readonly (readonly Tensor[])[];
  /** k̄_i or ḡ_i of the stage at hand. */
  readonly #stageBar: Tensor;
  /** ȳ at the two ends of the step at hand, and ē. */
  readonly #endBar: Tensor;
  readonly #startBar: Tensor;
  readonly #errorBar: Tensor;
  /** S̄ ∂S/∂k_s and S̄ ∂S/∂H0_s; those of the stage before have the opposite sign. */
  readonly #lastStageBar: Tensor;
  readonly #lastStateBar: Tensor;
  readonly #difference: Tensor;
  #pullbacks = 0;

  /** @throws UserError if the method has no discrete adjoint */
  constructor(options: SdeStepperOptions, mode: SdeAdjointMode = 'checkpoint') {
    const { engine, drift, diffusion, method, rows, columns, errorSigns } = options;
    if (method.tangent) {
      const hint = 'Use milstein_difference, of the same order.';
      throw new UserError('usage', `The method ${method.name} has no adjoint: it needs second derivatives.`, { hint });
    }
    const take = (): Tensor => engine.allocate(rows, columns);
    this.#engine = engine;
    this.#drift = drift;
    this.#diffusion = diffusion;
    this.#method = method;
    this.#plan = planDrift(method, errorSigns ?? 'plus');
    const record = mode === 'stages' ? new RecordedSdeSteps(options) : null;
    this.keeper = record;
    this.#steps = record ?? new SdeReplay(options);
    this.#entries = rows * columns;
    this.#driftStateBars = method.c0.map(take);
    this.#diffusionStateBars = method.c1.map(take);
    this.#driftStateBarsAfter = method.c0.map((_, i) => this.#driftStateBars.slice(i + 1));
    this.#diffusionStateBarsAfter = method.c1.map((_, i) => this.#diffusionStateBars.slice(i + 1));
    this.#stageBar = take();
    this.#endBar = take();
    this.#startBar = take();
    this.#errorBar = take();
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
    const { grid, y1Bar, y0Bar, errorBars } = request;
    const engine = this.#engine;
    const { estimate, name } = this.#method;
    if (errorBars !== null && estimate === null) throw new Error(`The method ${name} has no error to differentiate.`);
    this.#steps.begin(grid.steps.length);
    this.#pullbacks = 0;
    if (y1Bar === null) engine.fill(this.#endBar, 0);
    else engine.combine(this.#endBar, y1Bar, 1, [], []);

    const outputs = outputsOfSteps(request);
    for (let j = grid.steps.length - 1; j >= 0; j -= 1) this.#pullbackStep(request, j, outputs.get(j) ?? []);
    this.#addOutputs(this.#endBar, outputs.get(-1) ?? [], () => 1);
    engine.combine(y0Bar, this.#endBar, 1, [], []);
    return { evaluations: grid.steps.length * this.#steps.evaluationsPerStep, pullbacks: this.#pullbacks };
  }

  dispose(): void {
    this.#steps.dispose();
    const byStage = [...this.#driftStateBars, ...this.#diffusionStateBars];
    const bars = [this.#stageBar, this.#endBar, this.#startBar, this.#errorBar];
    const others = [this.#lastStageBar, this.#lastStateBar, this.#difference];
    for (const tensor of [...byStage, ...bars, ...others]) this.#engine.free(tensor);
  }

  /** From ȳ of the step's end (`#endBar`) to ȳ of its start, which becomes the next `#endBar`. */
  #pullbackStep(request: SdeAdjointRequest, j: number, outputs: readonly StepOutput[]): void {
    const { grid, states, errorBars, stiffnessBars, path, atol, rtol } = request;
    const [engine, step, start] = [this.#engine, grid.steps[j], states[j]];
    const errorBar = errorBars?.[j] ?? 0;
    const hasErrorBar = errorBar !== 0 && step.error !== null && step.error !== 0;
    const slots = this.#steps.recall(j, step, path, start, hasErrorBar);

    engine.fill(this.#startBar, 0);
    this.#addOutputs(this.#endBar, outputs, ({ theta }) => theta);
    this.#addOutputs(this.#startBar, outputs, ({ theta }) => 1 - theta);
    if (hasErrorBar) {
      const stepError = { y0: start, y1: states[j + 1], h: 1, weights: [1], stages: [slots.error], atol, rtol };
      engine.errorNormPullback(stepError, step.error, errorBar, this.#errorBar, this.#startBar, this.#endBar);
    }
    const hasStiffnessBar = this.#pullbackStiffness(step, stiffnessBars?.[j] ?? 0, start, slots);
    for (let i = this.#method.c0.length - 1; i >= 0; i -= 1) {
      if (this.#plan.stages.includes(i)) this.#pullbackDrift(i, step, start, slots, hasErrorBar, hasStiffnessBar);
      this.#pullbackDiffusion(i, step, start, slots, hasErrorBar);
    }
    const stateBars = [...this.#plan.stages.map((i) => this.#driftStateBars[i]), ...this.#diffusionStateBars];
    const bars = [this.#startBar, ...stateBars];
    engine.combine(
      this.#endBar,
      this.#endBar,
      1,
      bars.map(() => 1),
      bars,
    );
  }

  /** target += Σ share · bar. */
  #addOutputs(target: Tensor, outputs: readonly StepOutput[], share: (output: StepOutput) => number): void {
    if (outputs.length === 0) return;
    const bars = outputs.map(({ bar }) => bar);
    this.#engine.combine(target, target, 1, outputs.map(share), bars);
  }

  #pullbackDrift(
    i: number,
    { t, h }: AcceptedStep,
    start: Tensor,
    slots: SdeStepSlots,
    hasErrorBar: boolean,
    hasStiffnessBar: boolean,
  ): void {
    const { A0, A1, alpha, errorWeights } = this.#plan;
    const last = A0.length - 1;
    // The stiffness estimate is a function of the last two stages, with opposite slopes.
    const sign = !hasStiffnessBar ? 0 : i === last ? 1 : i === last - 1 ? -1 : 0;
    const ends = {
      factor: null,
      coefficients: [h * alpha[i], hasErrorBar ? h * errorWeights[i] : 0, sign],
      terms: [this.#endBar, this.#errorBar, this.#lastStageBar],
    };
    const toDrifts = { factor: null, coefficients: this.#column(A0, i, h, true), terms: this.#driftStateBarsAfter[i] };
    const toDiffusions = {
      factor: null,
      coefficients: this.#column(A1, i, h, false),
      terms: this.#diffusionStateBarsAfter[i],
    };
    this.#engine.combineProducts(this.#stageBar, null, [ends, toDrifts, toDiffusions]);
    const stateBar = this.#driftStateBars[i];
    const [state, kept] = [slots.driftStates[i] ?? start, slots.activations?.drift[i]];
    if (!kept) throw new Error(`The activations of drift stage ${i} were not kept.`);
    this.#drift.pullback(t + this.#method.c0[i] * h, state, slots.drifts[i], kept, this.#stageBar, stateBar);
    this.#pullbacks += 1;
    if (sign !== 0) this.#engine.combine(stateBar, stateBar, 1, [sign], [this.#lastStateBar]);
  }

  #pullbackDiffusion(
    i: number,
    { t, h }: AcceptedStep,
    start: Tensor,
    slots: SdeStepSlots,
    hasErrorBar: boolean,
  ): void {
    const { beta1, beta2, beta3, beta4, B0, B1, c1 } = this.#method;
    const { dW, chi1, chi2, chi3 } = slots.noise;
    const [ends, errorShare] = [[this.#endBar, this.#errorBar], hasErrorBar ? 1 : 0];
    this.#engine.combineProducts(this.#stageBar, null, [
      { factor: dW, coefficients: [beta1[i]], terms: [this.#endBar] },
      { factor: chi1, coefficients: [beta2[i]], terms: [this.#endBar] },
      {
        factor: chi2,
        coefficients: [beta3[i], errorShare * beta3[i], ...this.#column(B0, i, 1, true)],
        terms: [...ends, ...this.#driftStateBarsAfter[i]],
      },
      { factor: chi3, coefficients: [beta4[i], errorShare * beta4[i]], terms: ends },
      {
        factor: null,
        coefficients: this.#column(B1, i, Math.sqrt(h), false),
        terms: this.#diffusionStateBarsAfter[i],
      },
    ]);
    const stateBar = this.#diffusionStateBars[i];
    const [state, kept] = [slots.diffusionStates[i] ?? start, slots.activations?.diffusion[i]];
    if (!kept) throw new Error(`The activations of diffusion stage ${i} were not kept.`);
    this.#diffusion.pullback(t + c1[i] * h, state, slots.diffusions[i], kept, this.#stageBar, stateBar);
    this.#pullbacks += 1;
  }

  /** scale · rows_mi for the stages m after i; 0 for a drift that is not evaluated, if so asked. */
  #column(rows: readonly (readonly number[])[], i: number, scale: number, ofDrifts: boolean): number[] {
    const column: number[] = [];
    for (let m = i + 1; m < rows.length; m += 1) {
      column.push(ofDrifts && !this.#plan.stages.includes(m) ? 0 : scale * rows[m][i]);
    }
    return column;
  }

  /** S̄ ∂S/∂k_s and S̄ ∂S/∂H0_s. @returns whether there are any; what is divided by 0 is guarded to none */
  #pullbackStiffness({ stiffness }: AcceptedStep, stiffnessBar: number, start: Tensor, slots: SdeStepSlots): boolean {
    const engine = this.#engine;
    if (stiffnessBar === 0 || stiffness === null) return false;
    const { value, stageDifference: stage, stateDifference: state } = stiffness;
    if (stage === 0 || state === 0) return false;
    if (stiffness.norm === 'max') {
      engine.fill(this.#lastStageBar, 0);
      engine.fill(this.#lastStateBar, 0);
      engine.addEntry(this.#lastStageBar, stiffness.entry, (stiffnessBar * Math.sign(stage)) / Math.abs(state));
      engine.addEntry(this.#lastStateBar, stiffness.entry, (-stiffnessBar * value) / state);
      return true;
    }
    const { stages, states } = lastSdeStages(slots, start);
    // The difference first, then its slope: the slopes are huge where the differences are tiny.
    engine.combine(this.#difference, null, 1, [1, -1], stages);
    const stageSlope = stiffnessBar / (this.#entries * stage * state);
    engine.combine(this.#lastStageBar, null, 1, [stageSlope], [this.#difference]);
    engine.combine(this.#difference, null, 1, [1, -1], states);
    const stateSlope = (-stiffnessBar * stage) / (this.#entries * state * state * state);
    engine.combine(this.#lastStateBar, null, 1, [stateSlope], [this.#difference]);
    return true;
  }
}

/** The cotangents of outputs by the step they lie in, −1 for t0: of a state (1 − θ) y + θ y1. */
function outputsOfSteps({ grid, outputBars }: SdeAdjointRequest): ReadonlyMap<number, readonly StepOutput[]> {
  const byStep = new Map<number, StepOutput[]>();
  for (const [m, { step, theta }] of grid.outputs.entries()) {
    const outputs = byStep.get(step) ?? [];
    outputs.push({ theta, bar: outputBars[m] });
    byStep.set(step, outputs);
  }
  return byStep;
}

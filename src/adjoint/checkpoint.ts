/**
 * Discrete adjoint by replay: step states are checkpoints, stages are computed again, each step is pulled
 * back in one sweep.
 *
 * Source: reverse mode of an explicit Runge–Kutta step with frozen h (arXiv 2206.01298; numerics, section
 * 4). For stages i = s … 1, with ȳ1 the cotangent of the step's end, ē that of its error vector, and
 * k̄ᴿ, ḡᴿ those that the stiffness estimate adds,
 *   k̄_i = h(b_i ȳ1 + (b_i − b̂_i) ē + Σ_{j>i} a_ji ḡ_j) + k̄ᴿ_i + Σ_outputs h w_i(θ) ȳ_θ,
 *   ḡ_i = f_yᵀ k̄_i + ḡᴿ_i,  θ̄ += f_θᵀ k̄_i,  ȳ = ȳ1 + Σ ḡ_i + scale terms of E + Σ_outputs ȳ_θ.
 * An FSAL pair's last stage is the next step's first: its cotangent is handed back one step and it is
 * evaluated and pulled back once. Adds to the parameter gradient; the grid is exact, so is the gradient.
 *
 * Memory: one state a step (held by the grid) and the stages, activations and cotangents of one step.
 */
import type { Activations, Engine, Tensor } from '../engines/engine.js';
import type { AcceptedStep } from '../ode/grid.js';
import { interpolationWeights } from '../ode/interpolation.js';
import { Stepper, type StepperOptions } from '../ode/step.js';
import type { VectorField } from '../ode/vector-field.js';
import { checkAdjointRequest, type AdjointRequest, type AdjointStatistics } from './adjoint.js';

/** A step with everything that flows into its reverse. */
interface StepCotangents {
  readonly step: AcceptedStep;
  /** States at its two ends. */
  readonly start: Tensor;
  readonly end: Tensor;
  /** Ē_j, S̄_j; 0 for none. */
  readonly errorBar: number;
  readonly stiffnessBar: number;
  readonly outputs: OutputCotangents;
}

/** Cotangents of the output states that one step gives. */
interface OutputCotangents {
  readonly inside: readonly Tensor[];
  /** Interpolation weights of those inside, by stage. */
  readonly weights: readonly (readonly number[])[];
  /** Of outputs at the step's end itself. */
  readonly atEnd: readonly Tensor[];
}

const noOutputs: OutputCotangents = { inside: [], weights: [], atEnd: [] };

/**
 * Where a step's last stage comes from in the replay: an ordinary stage of a pair that is not FSAL; of an
 * FSAL pair, shared with the first stage of the step after, or f at the end of the final step – unused if
 * nothing has a cotangent on it.
 */
type LastStage = 'ordinary' | 'shared' | 'at end' | 'unused';

function lastStageRole(
  firstSameAsLast: boolean,
  isFinal: boolean,
  { errorBar, stiffnessBar, outputs }: StepCotangents,
): LastStage {
  if (!firstSameAsLast) return 'ordinary';
  if (!isFinal) return 'shared';
  return errorBar === 0 && stiffnessBar === 0 && outputs.inside.length === 0 ? 'unused' : 'at end';
}

export class CheckpointAdjoint {
  readonly #engine: Engine;
  readonly #field: VectorField;
  readonly #stepper: Stepper;
  readonly #activations: Activations[];
  readonly #last: number;
  readonly #entries: number;
  /** ḡ_i by stage. */
  readonly #stateBars: readonly Tensor[];
  /** k̄_i of the stage at hand. */
  readonly #stageBar: Tensor;
  /** k̄_1 of the step after, which an FSAL pair hands back. */
  readonly #handedBack: Tensor;
  /** ȳ at the two ends of the step at hand, and ē. */
  readonly #endBar: Tensor;
  readonly #startBar: Tensor;
  readonly #errorBar: Tensor;
  /** k_s − k_{s−1} and g_s − g_{s−1}, rounded once: their tiny norms make S's slopes huge. */
  readonly #stageDifference: Tensor;
  readonly #stateDifference: Tensor;
  #evaluations = 0;
  #pullbacks = 0;

  constructor(options: StepperOptions) {
    const { engine, field, tableau, rows, columns } = options;
    const take = (): Tensor => engine.allocate(rows, columns);
    this.#engine = engine;
    this.#field = field;
    this.#stepper = new Stepper(options, { keepStates: true });
    this.#activations = tableau.b.map(() => field.createActivations(rows));
    this.#last = tableau.b.length - 1;
    this.#entries = rows * columns;
    this.#stateBars = tableau.b.map(take);
    this.#stageBar = take();
    this.#handedBack = take();
    this.#endBar = take();
    this.#startBar = take();
    this.#errorBar = take();
    this.#stageDifference = take();
    this.#stateDifference = take();
  }

  /** Pulls the cotangents back through the whole grid. @throws Error if the request's parts do not fit */
  pullback(request: AdjointRequest): AdjointStatistics {
    checkAdjointRequest(request);
    const { grid, states, y1Bar, y0Bar, errorBars, stiffnessBars } = request;
    const engine = this.#engine;
    const fsal = this.#stepper.firstSameAsLast;
    const outputs = this.#outputsByStep(request);
    this.#evaluations = 0;
    this.#pullbacks = 0;
    if (y1Bar === null) engine.fill(this.#endBar, 0);
    else engine.combine(this.#endBar, y1Bar, 1, [], []);

    for (let j = grid.steps.length - 1; j >= 0; j -= 1) {
      const cotangents: StepCotangents = {
        step: grid.steps[j],
        start: states[j],
        end: states[j + 1],
        errorBar: errorBars?.[j] ?? 0,
        stiffnessBar: stiffnessBars?.[j] ?? 0,
        outputs: outputs.get(j) ?? noOutputs,
      };
      const lastStage = lastStageRole(fsal, j === grid.steps.length - 1, cotangents);
      this.#replay(cotangents, lastStage);
      this.#pullbackStep(request, cotangents, lastStage);
      if (fsal && j > 0) this.#shareFirstStage();
    }
    if (fsal && grid.steps.length > 0) {
      this.#pullbackStage(0, grid.steps[0].t, states[0], this.#handedBack);
      this.#add(this.#endBar, [this.#stateBars[0]]);
    }
    this.#add(this.#endBar, (outputs.get(-1) ?? noOutputs).atEnd);
    engine.combine(y0Bar, this.#endBar, 1, [], []);
    return { evaluations: this.#evaluations, pullbacks: this.#pullbacks };
  }

  dispose(): void {
    this.#stepper.dispose();
    for (const activations of this.#activations) activations.dispose();
    const bars = [this.#stageBar, this.#handedBack, this.#endBar, this.#startBar, this.#errorBar];
    const differences = [this.#stageDifference, this.#stateDifference];
    for (const tensor of [...this.#stateBars, ...bars, ...differences]) this.#engine.free(tensor);
  }

  /** By index of the step that gives them; −1 for those at t0. */
  #outputsByStep({ grid, outputBars }: AdjointRequest): ReadonlyMap<number, OutputCotangents> {
    const byStep = new Map<number, { inside: Tensor[]; weights: (readonly number[])[]; atEnd: Tensor[] }>();
    for (const [m, { step, theta }] of grid.outputs.entries()) {
      let group = byStep.get(step);
      if (group === undefined) byStep.set(step, (group = { inside: [], weights: [], atEnd: [] }));
      if (step < 0 || theta >= 1) group.atEnd.push(outputBars[m]);
      else {
        group.inside.push(outputBars[m]);
        group.weights.push(interpolationWeights(this.#stepper.tableau, theta));
      }
    }
    return byStep;
  }

  /** Stages of the step again, with their activations; an FSAL pair's last stage is there from the step after. */
  #replay({ step: { t, h }, start, end }: StepCotangents, lastStage: LastStage): void {
    const stepper = this.#stepper;
    stepper.evaluateFirst(t, start, this.#activations[0]);
    for (let i = 1; i < this.#last; i += 1) stepper.evaluateStage(i, t, h, start, end, this.#activations[i]);
    this.#evaluations += this.#last;
    if (lastStage === 'shared' || lastStage === 'unused') return;
    if (lastStage === 'at end') stepper.evaluateLast(t, h, end, this.#activations[this.#last]);
    else stepper.evaluateStage(this.#last, t, h, start, end, this.#activations[this.#last]);
    this.#evaluations += 1;
  }

  /** Before going one step back: k_1 of this step, with its activations, is k_s of the step before. */
  #shareFirstStage(): void {
    this.#stepper.advance();
    const last = this.#last;
    [this.#activations[0], this.#activations[last]] = [this.#activations[last], this.#activations[0]];
  }

  /** From ȳ of the step's end (`#endBar`) to ȳ of its start, which becomes the next `#endBar`. */
  #pullbackStep(request: AdjointRequest, cotangents: StepCotangents, lastStage: LastStage): void {
    const { step, start, end, errorBar, outputs } = cotangents;
    const { t, h } = step;
    const engine = this.#engine;
    const stepper = this.#stepper;
    const fsal = stepper.firstSameAsLast;
    const { c } = stepper.tableau;
    const last = this.#last;
    const [stageSlope, stateSlope] = this.#stiffnessSlopes(cotangents);

    this.#add(this.#endBar, outputs.atEnd);
    engine.fill(this.#startBar, 0);
    if (errorBar !== 0) {
      const stepError = stepper.stepError(h, start, end, request);
      engine.errorNormPullback(stepError, step.error, errorBar, this.#errorBar, this.#startBar, this.#endBar);
    }
    if (stageSlope !== 0) {
      const { stages } = stepper;
      const states = [stepper.stateOfStage(last, start, end), stepper.stateOfStage(last - 1, start, end)];
      engine.combine(this.#stageDifference, null, 1, [1, -1], [stages[last], stages[last - 1]]);
      engine.combine(this.#stateDifference, null, 1, [1, -1], states);
    }

    for (let i = lastStage === 'unused' ? last - 1 : last; i >= (fsal ? 1 : 0); i -= 1) {
      const base = i === last && lastStage === 'shared' ? this.#handedBack : null;
      this.#stageCotangent(this.#stageBar, base, i, cotangents, stageSlope);
      const stateBar = this.#stateBars[i];
      this.#pullbackStage(i, t + c[i] * h, stepper.stateOfStage(i, start, end), this.#stageBar);
      if (stateSlope !== 0 && i >= last - 1) {
        const sign = i === last ? stateSlope : -stateSlope;
        engine.combine(stateBar, stateBar, sign, [1], [this.#stateDifference]);
      }
      // g_s of an FSAL pair is y1: its cotangent joins ȳ1 before the other stages see it.
      if (fsal && i === last) this.#add(this.#endBar, [stateBar]);
    }
    if (fsal) this.#stageCotangent(this.#handedBack, null, 0, cotangents, stageSlope);
    const stateBars = this.#stateBars.slice(fsal ? 1 : 0, fsal ? last : last + 1);
    this.#add(this.#endBar, [this.#startBar, ...stateBars, ...outputs.inside]);
  }

  /** target = base + k̄_i of the formula above. */
  #stageCotangent(
    target: Tensor,
    base: Tensor | null,
    i: number,
    { step: { h }, errorBar, outputs }: StepCotangents,
    stageSlope: number,
  ): void {
    const { a, b, errorWeights } = this.#stepper.tableau;
    const last = this.#last;
    const coefficients = [h * b[i], ...outputs.weights.map((weights) => h * weights[i])];
    const terms = [this.#endBar, ...outputs.inside];
    if (errorBar !== 0) {
      coefficients.push(h * errorWeights[i]);
      terms.push(this.#errorBar);
    }
    for (let j = i + 1; j < (this.#stepper.firstSameAsLast ? last : last + 1); j += 1) {
      coefficients.push(h * a[j][i]);
      terms.push(this.#stateBars[j]);
    }
    if (stageSlope !== 0 && i >= last - 1) {
      coefficients.push(i === last ? stageSlope : -stageSlope);
      terms.push(this.#stageDifference);
    }
    this.#engine.combine(target, base, 1, coefficients, terms);
  }

  #pullbackStage(i: number, t: number, state: Tensor, stageBar: Tensor): void {
    this.#field.pullback(t, state, this.#stepper.stages[i], this.#activations[i], stageBar, this.#stateBars[i]);
    this.#pullbacks += 1;
  }

  /** S̄ ∂S/∂k_s = slope₁ (k_s − k_{s−1}) and S̄ ∂S/∂g_s = slope₂ (g_s − g_{s−1}); 0/0 is guarded to 0. */
  #stiffnessSlopes({ step, stiffnessBar }: StepCotangents): readonly [number, number] {
    if (stiffnessBar === 0 || step.stiffness === null) return [0, 0];
    const { stageDifference: stage, stateDifference: state } = step.stiffness;
    if (stage === 0 || state === 0) return [0, 0];
    const n = this.#entries;
    return [stiffnessBar / (n * stage * state), (-stiffnessBar * stage) / (n * state * state * state)];
  }

  /** target += Σ terms. */
  #add(target: Tensor, terms: readonly Tensor[]): void {
    if (terms.length > 0) this.#engine.combine(target, target, 1, new Array<number>(terms.length).fill(1), terms);
  }
}

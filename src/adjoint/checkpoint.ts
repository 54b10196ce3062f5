/**
 * Discrete adjoint by replay: step states are checkpoints, stages are computed again, each step is pulled
 * back in one sweep.
 *
 * Source: reverse mode of an explicit Runge–Kutta step with frozen h (arXiv 2206.01298; numerics, section
 * 4). For stages i = s … 1, with ȳ1 the cotangent of the step's end, ē that of its error vector, and
 * k̄ᴿ, ḡᴿ those that the stiffness estimate adds,
 *   k̄_i = h(b_i ȳ1 + (b_i − b̂_i) ē + Σ_{j>i} a_ji ḡ_j) + k̄ᴿ_i + Σ_outputs h w_i(θ) ȳ_θ,
 *   ḡ_i = f_yᵀ k̄_i + ḡᴿ_i,  θ̄ += f_θᵀ k̄_i,  ȳ = ȳ1 + Σ ḡ_i + scale terms of E + Σ_outputs ȳ_θ.
 * In the closed form of a method the end stage is the next step's first: its cotangent is handed back one step
 * and it is evaluated and pulled back once. Adds to the parameter gradient; the grid is exact, so is the gradient.
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
 * Where a step's end stage comes from in the replay: shared with the first stage of the step after, or f at the end
 * of the final step – unused if nothing has a cotangent on it.
 */
type EndStage = 'shared' | 'at end' | 'unused';

function endStageRole(
  firstSameAsLast: boolean,
  isFinal: boolean,
  { errorBar, stiffnessBar, outputs }: StepCotangents,
): EndStage {
  if (!isFinal) return 'shared';
  const estimated = firstSameAsLast && (errorBar !== 0 || stiffnessBar !== 0);
  return estimated || outputs.inside.length > 0 ? 'at end' : 'unused';
}

export class CheckpointAdjoint {
  readonly #engine: Engine;
  readonly #field: VectorField;
  readonly #stepper: Stepper;
  readonly #activations: Activations[];
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
  #evaluations = 0;
  #pullbacks = 0;

  constructor(options: StepperOptions) {
    const { engine, field, rows, columns } = options;
    const take = (): Tensor => engine.allocate(rows, columns);
    this.#engine = engine;
    this.#field = field;
    this.#stepper = new Stepper(options, { keepStates: true });
    const { b } = this.#stepper.tableau;
    this.#activations = b.map(() => field.createActivations(rows));
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
  }

  /** Pulls the cotangents back through the whole grid. @throws Error if the request's parts do not fit */
  pullback(request: AdjointRequest): AdjointStatistics {
    checkAdjointRequest(request);
    const { grid, states, y1Bar, y0Bar, errorBars, stiffnessBars } = request;
    const engine = this.#engine;
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
      const isFinal = j === grid.steps.length - 1;
      const endStage = endStageRole(this.#stepper.firstSameAsLast, isFinal, cotangents);
      this.#replay(cotangents, endStage);
      this.#pullbackStep(request, cotangents, endStage);
      if (j > 0) this.#shareFirstStage();
    }
    if (grid.steps.length > 0) {
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
    const ofStiffness = [this.#lastStageBar, this.#lastStateBar, this.#difference];
    for (const tensor of [...this.#stateBars, ...bars, ...ofStiffness]) this.#engine.free(tensor);
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

  /** Stages of the step again, with their activations; a shared end stage is there from the step after. */
  #replay({ step: { t, h }, start, end }: StepCotangents, endStage: EndStage): void {
    const stepper = this.#stepper;
    stepper.evaluateFirst(t, start, this.#activations[0]);
    for (let i = 1; i < this.#end; i += 1) stepper.evaluateStage(i, t, h, start, end, this.#activations[i]);
    this.#evaluations += this.#end;
    if (endStage !== 'at end') return;
    stepper.evaluateEnd(t, h, end, this.#activations[this.#end]);
    this.#evaluations += 1;
  }

  /** Before going one step back: k_1 of this step, with its activations, is k_s of the step before. */
  #shareFirstStage(): void {
    this.#stepper.advance();
    const end = this.#end;
    [this.#activations[0], this.#activations[end]] = [this.#activations[end], this.#activations[0]];
  }

  /** From ȳ of the step's end (`#endBar`) to ȳ of its start, which becomes the next `#endBar`. */
  #pullbackStep(request: AdjointRequest, cotangents: StepCotangents, endStage: EndStage): void {
    const { step, start, end, errorBar, outputs } = cotangents;
    const { t, h } = step;
    const engine = this.#engine;
    const stepper = this.#stepper;
    const { c, ownStages } = stepper.tableau;
    const ofStiffness = this.#pullbackStiffness(cotangents);

    this.#add(this.#endBar, outputs.atEnd);
    engine.fill(this.#startBar, 0);
    const stepError = errorBar === 0 ? null : stepper.stepError(h, start, end, request);
    if (stepError !== null && step.error !== null) {
      engine.errorNormPullback(stepError, step.error, errorBar, this.#errorBar, this.#startBar, this.#endBar);
    }

    for (let i = endStage === 'unused' ? this.#end - 1 : this.#end; i >= 1; i -= 1) {
      const base = i === this.#end && endStage === 'shared' ? this.#handedBack : null;
      this.#stageCotangent(this.#stageBar, base, i, cotangents, ofStiffness);
      const stateBar = this.#stateBars[i];
      this.#pullbackStage(i, t + c[i] * h, stepper.stateOfStage(i, start, end), this.#stageBar);
      if (ofStiffness && i >= ownStages - 2) this.#addSigned(stateBar, i, this.#lastStateBar);
      // g of the end stage is y1: its cotangent joins ȳ1 before the other stages see it.
      if (i === this.#end) this.#add(this.#endBar, [stateBar]);
    }
    this.#stageCotangent(this.#handedBack, null, 0, cotangents, ofStiffness);
    if (ofStiffness && ownStages === 2) this.#addSigned(this.#startBar, 0, this.#lastStateBar);
    this.#add(this.#endBar, [this.#startBar, ...this.#stateBars.slice(1, this.#end), ...outputs.inside]);
  }

  /** target = base + k̄_i of the formula above. */
  #stageCotangent(
    target: Tensor,
    base: Tensor | null,
    i: number,
    { step: { h }, errorBar, outputs }: StepCotangents,
    ofStiffness: boolean,
  ): void {
    const { a, b, errorWeights, ownStages } = this.#stepper.tableau;
    const coefficients = [h * b[i], ...outputs.weights.map((weights) => h * weights[i])];
    const terms = [this.#endBar, ...outputs.inside];
    if (errorBar !== 0 && errorWeights !== null) {
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

  #pullbackStage(i: number, t: number, state: Tensor, stageBar: Tensor): void {
    this.#field.pullback(t, state, this.#stepper.stages[i], this.#activations[i], stageBar, this.#stateBars[i]);
    this.#pullbacks += 1;
  }

  /**
   * S̄ ∂S/∂k_s and S̄ ∂S/∂g_s; what is divided by 0 is guarded to 0.
   * @returns whether there are any
   */
  #pullbackStiffness({ step: { stiffness }, stiffnessBar, start, end }: StepCotangents): boolean {
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
    const { stages, states } = this.#stepper.lastStages(start, end);
    // The difference first, then its slope: the slopes are huge where the differences are tiny.
    engine.combine(this.#difference, null, 1, [1, -1], stages);
    engine.combine(this.#lastStageBar, null, stiffnessBar / (n * stage * state), [1], [this.#difference]);
    engine.combine(this.#difference, null, 1, [1, -1], states);
    engine.combine(
      this.#lastStateBar,
      null,
      (-stiffnessBar * stage) / (n * state * state * state),
      [1],
      [this.#difference],
    );
    return true;
  }

  /** target ± bar: the method's last stage has +, the one before −, any other nothing. */
  #addSigned(target: Tensor, i: number, bar: Tensor): void {
    const { ownStages } = this.#stepper.tableau;
    if (i < ownStages) this.#engine.combine(target, target, i === ownStages - 1 ? 1 : -1, [1], [bar]);
  }

  /** target += Σ terms. */
  #add(target: Tensor, terms: readonly Tensor[]): void {
    if (terms.length > 0) this.#engine.combine(target, target, 1, new Array<number>(terms.length).fill(1), terms);
  }
}

/**
 * Discrete adjoint of implicit one-step methods on a frozen grid, step by step backwards from the step states.
 *
 * With ȳ1 the cotangent of a step's end and γ = c h, y1 = y + (g − y)/c gives ḡ = ȳ1/c, ȳ = (1 − 1/c) ȳ1, and then
 * - Newton: g solves g = y + γ f(g), so by the implicit function theorem λ = (I − γ f_yᵀ)⁻¹ ḡ, ȳ += λ,
 *   θ̄ += γ f_θᵀ λ: one linear solve (GMRES by rows on `pullbackInput`) and one pullback, whatever the iterations were;
 * - fixed point: g^(i+1) = y + γ f(g^i) is reversed as it was run, ȳ += ḡ^(i+1), ḡ^i = γ f_yᵀ ḡ^(i+1), the gradient of
 *   L iterations and not of their limit (arXiv 2303.17824), the predictor g⁰ = y included.
 * Hermite output reaches f at the steps' ends; cotangents of the two steps that meet there are pulled back at once.
 *
 * The Newton gradient is as exact as g is: the error of the forward tolerance, and that of the linear solve, which
 * the statistics tell. Memory: one state a step (held by the grid) and, of a fixed point, L states and activations.
 */
import type { Activations, Engine, Tensor } from '../engines/engine.js';
import { endWeights } from '../ode/implicit/dense-output.js';
import type { NonlinearSettings } from '../ode/implicit/nonlinear.js';
import type { ImplicitGrid } from '../ode/implicit/request.js';
import { dotRow, RowGmres } from '../ode/implicit/row-gmres.js';
import type { ImplicitOptions } from '../ode/implicit/solver.js';
import { stepMatrix } from '../ode/implicit/step-matrix.js';
import { UserError } from '../errors.js';
import { checkAdjointRequest, type AdjointRequest, type AdjointStatistics } from './adjoint.js';

/** Tolerances mean nothing here; `errorBars` and `stiffnessBars` must be null. */
export interface ImplicitAdjointRequest extends Omit<AdjointRequest, 'grid' | 'atol' | 'rtol'> {
  readonly grid: ImplicitGrid;
}

export interface ImplicitAdjointStatistics extends AdjointStatistics {
  /** Transposed Jacobian products of the linear solves. */
  readonly linearIterations: number;
  /** Largest relative residual that a linear solve left; 0 without any. */
  readonly linearResidual: number;
}

/** What the linear solves aim at, relative to their right side: the products' rounding. */
const LINEAR_TOLERANCES = { f32: 1e-7, f64: 1e-14 } as const;

/** One call of f with what its pullback needs. */
interface Evaluation {
  readonly derivative: Tensor;
  readonly kept: Activations;
}

/** Output states that one step gives, with their cotangents. */
interface StepOutput {
  readonly theta: number;
  readonly bar: Tensor;
}

export class ImplicitAdjoint {
  readonly #options: ImplicitOptions;
  readonly #engine: Engine;
  readonly #gmres: RowGmres;
  readonly #evaluation: Evaluation;
  readonly #stage: Tensor;
  /** ȳ at the node at hand, and room for that of the node before. */
  #stateBar: Tensor;
  #nextBar: Tensor;
  /** Cotangents of f at the node at hand and at the one before. */
  #slopeBar: Tensor;
  #slopeBarBefore: Tensor;
  readonly #stageBar: Tensor;
  readonly #derivativeBar: Tensor;
  readonly #pulled: Tensor;
  /** Of the fixed-point iterations: f at g^i, and g^i itself but for g⁰; as many as the deepest so far. */
  readonly #iterations: Evaluation[] = [];
  readonly #iterates: Tensor[] = [];
  #evaluations = 0;
  #pullbacks = 0;
  #linearIterations = 0;
  #linearResidual = 0;
  #busy = false;

  constructor(options: ImplicitOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#gmres = new RowGmres(options.rows, options.columns);
    this.#evaluation = this.#createEvaluation();
    this.#stage = this.#allocate();
    this.#stateBar = this.#allocate();
    this.#nextBar = this.#allocate();
    this.#slopeBar = this.#allocate();
    this.#slopeBarBefore = this.#allocate();
    this.#stageBar = this.#allocate();
    this.#derivativeBar = this.#allocate();
    this.#pulled = this.#allocate();
  }

  /**
   * Pulls the cotangents back through the whole grid and adds to the gradient of the parameters.
   * @throws UserError if cotangents of estimates are given; Error if the request's parts do not fit together
   */
  async pullback(request: ImplicitAdjointRequest): Promise<ImplicitAdjointStatistics> {
    if (request.errorBars !== null || request.stiffnessBars !== null) {
      throw new UserError(
        'usage',
        `${this.#options.method.name} estimates neither errors nor stiffness: they have no gradient.`,
        { hint: 'Leave out regularisers of the error and of the stiffness, or use an explicit pair.' },
      );
    }
    checkAdjointRequest({ ...request, atol: 0, rtol: 0 });
    if (this.#busy) throw new Error('This adjoint is still pulling back: its tensors would be overwritten.');
    this.#busy = true;
    try {
      return await this.#sweep(request);
    } finally {
      this.#busy = false;
    }
  }

  dispose(): void {
    for (const { derivative, kept } of [this.#evaluation, ...this.#iterations]) {
      this.#engine.free(derivative);
      kept.dispose();
    }
    const bars = [this.#stateBar, this.#nextBar, this.#slopeBar, this.#slopeBarBefore, this.#stageBar];
    const others = [this.#stage, this.#derivativeBar, this.#pulled, ...this.#iterates];
    for (const tensor of [...bars, ...others]) this.#engine.free(tensor);
  }

  /** Node j is the end of step j − 1 and the start of step j. */
  async #sweep({ grid, states, outputBars, y1Bar, y0Bar }: ImplicitAdjointRequest): Promise<ImplicitAdjointStatistics> {
    const engine = this.#engine;
    const { steps, nonlinear, interpolation } = grid;
    this.#evaluations = 0;
    this.#pullbacks = 0;
    this.#linearIterations = 0;
    this.#linearResidual = 0;
    if (y1Bar === null) engine.fill(this.#stateBar, 0);
    else engine.combine(this.#stateBar, y1Bar, 1, [], []);
    const outputs = new Map<number, StepOutput[]>();
    for (const [m, { step, theta }] of grid.outputs.entries()) {
      const group = outputs.get(step) ?? [];
      outputs.set(step, [...group, { theta, bar: outputBars[m] }]);
    }

    let slopeMatters = false;
    engine.fill(this.#slopeBar, 0);
    for (let node = steps.length; node > 0; node -= 1) {
      const { t, h } = steps[node - 1];
      const given = outputs.get(node - 1) ?? [];
      const bars = given.map(({ bar }) => bar);
      const weights = given.map(({ theta }) => endWeights(interpolation, theta));
      const reachesSlopes = weights.some(({ startSlope, endSlope }) => startSlope !== 0 || endSlope !== 0);
      const endSlopes = weights.map(({ endSlope }) => h * endSlope);
      engine.combine(
        this.#stateBar,
        this.#stateBar,
        1,
        weights.map(({ end }) => end),
        bars,
      );
      engine.combine(this.#slopeBar, this.#slopeBar, 1, endSlopes, bars);
      if (slopeMatters || reachesSlopes) this.#pullSlope(node === steps.length ? t + h : steps[node].t, states[node]);

      await this.#reverseStep(t, h, states[node - 1], states[node], nonlinear);
      const startSlopes = weights.map(({ startSlope }) => h * startSlope);
      engine.combine(
        this.#stateBar,
        this.#stateBar,
        1,
        weights.map(({ start }) => start),
        bars,
      );
      engine.combine(this.#slopeBarBefore, null, 1, startSlopes, bars);
      [this.#slopeBar, this.#slopeBarBefore] = [this.#slopeBarBefore, this.#slopeBar];
      slopeMatters = reachesSlopes;
    }
    if (slopeMatters) this.#pullSlope(steps[0].t, states[0]);
    for (const { bar } of outputs.get(-1) ?? []) engine.combine(this.#stateBar, this.#stateBar, 1, [1], [bar]);
    engine.combine(y0Bar, this.#stateBar, 1, [], []);
    return {
      evaluations: this.#evaluations,
      pullbacks: this.#pullbacks,
      linearIterations: this.#linearIterations,
      linearResidual: this.#linearResidual,
    };
  }

  /** ȳ += f_yᵀ slopeBar at a node. */
  #pullSlope(t: number, y: Tensor): void {
    this.#evaluate(t, y, this.#evaluation);
    this.#pull(t, y, this.#evaluation, this.#slopeBar, this.#pulled);
    this.#engine.combine(this.#stateBar, this.#stateBar, 1, [1], [this.#pulled]);
  }

  /** From ȳ of the step's end to ȳ of its start. */
  async #reverseStep(t: number, h: number, start: Tensor, end: Tensor, nonlinear: NonlinearSettings): Promise<void> {
    const engine = this.#engine;
    const { c } = this.#options.method;
    engine.combine(this.#stageBar, null, 1, [1 / c], [this.#stateBar]);
    engine.combine(this.#nextBar, null, 1, [1 - 1 / c], [this.#stateBar]);
    if (nonlinear.kind === 'newton') {
      engine.combine(this.#stage, null, 1, [1 - c, c], [start, end]);
      await this.#reverseNewton(t + c * h, c * h);
    } else this.#reverseIterations(t + c * h, c * h, start, nonlinear.depth);
    [this.#stateBar, this.#nextBar] = [this.#nextBar, this.#stateBar];
  }

  /** By the implicit function theorem, at g itself. */
  async #reverseNewton(t: number, gamma: number): Promise<void> {
    const engine = this.#engine;
    this.#evaluate(t, this.#stage, this.#evaluation);
    const reading = engine.read(this.#stageBar);
    const right = reading instanceof Promise ? await reading : reading;
    const { derivative, kept } = this.#evaluation;
    const transposed = stepMatrix(gamma, {
      engine,
      vector: this.#derivativeBar,
      product: this.#pulled,
      apply: () =>
        this.#options.field.pullbackInput(t, this.#stage, derivative, kept, this.#derivativeBar, this.#pulled),
    });
    const solution = new Float64Array(right.length);
    const { products, residual } = await this.#gmres.solve(transposed, right, this.#linearTolerances(right), solution);
    this.#linearIterations += products;
    if (!(residual <= this.#linearResidual)) this.#linearResidual = residual;
    engine.write(this.#stageBar, solution);
    engine.combine(this.#nextBar, this.#nextBar, 1, [1], [this.#stageBar]);
    engine.combine(this.#derivativeBar, null, gamma, [1], [this.#stageBar]);
    this.#pull(t, this.#stage, this.#evaluation, this.#derivativeBar, null);
  }

  #linearTolerances(right: Float64Array): Float64Array {
    const { engine, rows, columns } = this.#options;
    const relative = LINEAR_TOLERANCES[engine.dtype];
    return Float64Array.from(
      { length: rows },
      (_, row) => relative * Math.sqrt(dotRow(right, right, row * columns, columns)),
    );
  }

  /** The iterations again, then each of them backwards. */
  #reverseIterations(t: number, gamma: number, start: Tensor, depth: number): void {
    const engine = this.#engine;
    while (this.#iterations.length < depth) {
      this.#iterations.push(this.#createEvaluation());
      this.#iterates.push(this.#allocate());
    }
    const stateOf = (i: number): Tensor => (i === 0 ? start : this.#iterates[i]);
    for (let i = 0; i < depth; i += 1) {
      this.#evaluate(t, stateOf(i), this.#iterations[i]);
      if (i + 1 < depth) engine.combine(stateOf(i + 1), start, gamma, [1], [this.#iterations[i].derivative]);
    }
    for (let i = depth - 1; i >= 0; i -= 1) {
      engine.combine(this.#nextBar, this.#nextBar, 1, [1], [this.#stageBar]);
      engine.combine(this.#derivativeBar, null, gamma, [1], [this.#stageBar]);
      this.#pull(t, stateOf(i), this.#iterations[i], this.#derivativeBar, this.#stageBar);
    }
    engine.combine(this.#nextBar, this.#nextBar, 1, [1], [this.#stageBar]);
  }

  #evaluate(t: number, y: Tensor, { derivative, kept }: Evaluation): void {
    this.#options.field.evaluate(t, y, derivative, kept);
    this.#evaluations += 1;
  }

  #pull(t: number, y: Tensor, { derivative, kept }: Evaluation, derivativeBar: Tensor, yBar: Tensor | null): void {
    this.#options.field.pullback(t, y, derivative, kept, derivativeBar, yBar);
    this.#pullbacks += 1;
  }

  #createEvaluation(): Evaluation {
    return { derivative: this.#allocate(), kept: this.#options.field.createActivations(this.#options.rows) };
  }

  #allocate(): Tensor {
    return this.#engine.allocate(this.#options.rows, this.#options.columns);
  }
}

/**
 * Implicit one-step methods with fixed steps: from an initial state to an outcome, statistics, output states
 * and the grid.
 *
 * Steps start at t0 + j·dt; the last is clipped to land on t1 (a remainder under 100 ulp counts as reached), in
 * both directions of time. Output times come from dense output and never change the steps. A step whose equation is
 * not solved ends the solve with an outcome: there is no smaller step to fall back to.
 * Limits: no error estimate, so neither adaptive steps nor E and S for regularisers.
 */
import type { Engine, Tensor } from '../../engines/engine.js';
import type { AcceptedStep, OutputPoint } from '../grid.js';
import { describeOutcome, type SolveState } from '../outcome.js';
import { landingWidth, reaches } from '../solve-request.js';
import { TensorPool } from '../tensor-pool.js';
import type { VectorField } from '../vector-field.js';
import { endWeights, type Interpolation } from './dense-output.js';
import { FixedPoint } from './fixed-point.js';
import type { ImplicitMethod } from './method.js';
import { Newton, type StageEquation } from './newton.js';
import { newtonDefaults, type NonlinearSettings, type StageResult } from './nonlinear.js';
import { checkImplicitRequest, type ImplicitRequest, type ImplicitSolution } from './request.js';

export interface ImplicitOptions {
  readonly engine: Engine;
  readonly field: VectorField;
  readonly method: ImplicitMethod;
  readonly rows: number;
  readonly columns: number;
}

interface StepEnds {
  readonly index: number;
  readonly t: number;
  readonly h: number;
  readonly end: number;
  readonly y: Tensor;
  readonly y1: Tensor;
}

export class ImplicitSolver {
  readonly #options: ImplicitOptions;
  readonly #engine: Engine;
  readonly #pool: TensorPool;
  readonly #stage: Tensor;
  /** f at the two ends of a step, and which one; −1: of none. */
  #slopes: readonly [Tensor, Tensor];
  #slopesOf = -1;
  /** Made when first asked for. */
  #newton: Newton | null = null;
  #fixedPoint: FixedPoint | null = null;
  #nfe = 0;
  #busy = false;

  constructor(options: ImplicitOptions) {
    const { engine, rows, columns } = options;
    this.#options = options;
    this.#engine = engine;
    this.#pool = new TensorPool(engine, rows, columns);
    this.#stage = engine.allocate(rows, columns);
    this.#slopes = [engine.allocate(rows, columns), engine.allocate(rows, columns)];
  }

  /**
   * Integrates from t0 to t1.
   * @returns tensors that stay valid until the next `solve` or `dispose` of this solver
   * @throws UserError if the request means nothing; Error if a solve of this solver is still going on
   */
  async solve(request: ImplicitRequest): Promise<ImplicitSolution> {
    checkImplicitRequest(request, this.#options.rows, this.#options.columns);
    if (this.#busy) throw new Error('This solver is still solving: its tensors would be overwritten.');
    this.#busy = true;
    try {
      return await this.#integrate(request);
    } finally {
      this.#busy = false;
    }
  }

  dispose(): void {
    this.#newton?.dispose();
    this.#fixedPoint?.dispose();
    this.#pool.dispose();
    for (const tensor of [this.#stage, ...this.#slopes]) this.#engine.free(tensor);
  }

  async #integrate(request: ImplicitRequest): Promise<ImplicitSolution> {
    const { y0, t0, t1, dt, nonlinear, saveat, maxSteps, keepStates, interpolation = 'hermite' } = request;
    const pool = this.#pool;
    pool.reset();
    this.#nfe = 0;
    this.#slopesOf = -1;
    const direction = t1 < t0 ? -1 : 1;
    const landing = landingWidth(request);
    const steps: AcceptedStep[] = [];
    const states: Tensor[] = [];
    const outputs: Tensor[] = [];
    const points: OutputPoint[] = [];
    let newtonIterations = 0;
    let linearIterations = 0;
    let unrolling = 0;

    let t = t0;
    let y = this.#copy(y0);
    const conclude = (state: SolveState): ImplicitSolution => ({
      outcome: describeOutcome(state, t, { maxSteps, dtMin: 0 }),
      statistics: {
        nfe: this.#nfe,
        accepted: steps.length,
        rejected: 0,
        newtonIterations,
        linearIterations,
        unrollingError: nonlinear.kind === 'newton' ? null : unrolling / Math.max(1, steps.length),
      },
      y1: y,
      outputs,
      grid: { steps, outputs: points, nonlinear, interpolation },
      states: keepStates ? [...states, y] : null,
      attempts: null,
      isCurrent: this.#pool.lease(),
      events: [],
    });
    while (outputs.length < saveat.length && direction * (saveat[outputs.length] - t0) <= landing) {
      outputs.push(this.#copy(y));
      points.push({ step: -1, theta: 0 });
    }
    if (t0 === t1) return conclude('success');

    for (;;) {
      if (steps.length >= maxSteps) return conclude('max_steps');
      let h = direction * dt;
      const lands = reaches(direction * (t + h - t1), dt, landing);
      if (lands) h = t1 - t;
      if (t + h === t) return conclude('dt_underflow');

      const y1 = pool.take();
      const end = lands ? t1 : t0 + direction * (steps.length + 1) * dt;
      const step = { index: steps.length, t, h, end, y, y1 };
      const result = await this.#step(step, nonlinear);
      this.#nfe += result.evaluations;
      newtonIterations += result.newtonIterations;
      linearIterations += result.products;
      if (result.state !== 'solved') return conclude(result.state);

      unrolling += result.unrollingError;
      steps.push({ t, h, error: null, stiffness: null });
      while (outputs.length < saveat.length) {
        const time = saveat[outputs.length];
        if (!lands && direction * (time - end) > landing) break;
        const theta = Math.abs(time - end) <= landing ? 1 : (time - t) / h;
        outputs.push(this.#stateAt(step, theta, interpolation));
        points.push({ step: steps.length - 1, theta });
      }
      if (keepStates) states.push(y);
      else pool.give(y);
      y = y1;
      t = end;
      if (lands) return conclude('success');
    }
  }

  /** y1 from y, through the stage g. */
  async #step({ t, h, y, y1 }: StepEnds, nonlinear: NonlinearSettings): Promise<StageResult> {
    const { c } = this.#options.method;
    const equation: StageEquation = { t: t + c * h, gamma: c * h, y, g: this.#stage };
    let result: StageResult;
    if (nonlinear.kind === 'newton') {
      this.#newton ??= new Newton(this.#options);
      result = await this.#newton.solve(equation, { ...newtonDefaults(this.#engine.dtype), ...nonlinear });
    } else {
      this.#fixedPoint ??= new FixedPoint(this.#options);
      result = await this.#fixedPoint.solve(equation, nonlinear.depth);
    }
    this.#engine.combine(y1, null, 1, [1 - 1 / c, 1 / c], [y, this.#stage]);
    return result;
  }

  /** A new tensor with the state at t + theta·h. */
  #stateAt(step: StepEnds, theta: number, interpolation: Interpolation): Tensor {
    const { h, y, y1 } = step;
    if (theta === 0) return this.#copy(y);
    if (theta >= 1) return this.#copy(y1);
    const weights = endWeights(interpolation, theta);
    const coefficients = [weights.start, weights.end];
    const terms = [y, y1];
    if (interpolation === 'hermite') {
      this.#evaluateSlopes(step);
      coefficients.push(h * weights.startSlope, h * weights.endSlope);
      terms.push(...this.#slopes);
    }
    const output = this.#pool.take();
    this.#engine.combine(output, null, 1, coefficients, terms);
    return output;
  }

  /** f at both ends, unless they are known from this step or, the first, from the step before. */
  #evaluateSlopes({ index, t, end, y, y1 }: StepEnds): void {
    if (this.#slopesOf === index) return;
    if (index > 0 && this.#slopesOf === index - 1) this.#slopes = [this.#slopes[1], this.#slopes[0]];
    else this.#evaluateSlope(t, y, this.#slopes[0]);
    this.#evaluateSlope(end, y1, this.#slopes[1]);
    this.#slopesOf = index;
  }

  #evaluateSlope(t: number, y: Tensor, slope: Tensor): void {
    this.#options.field.evaluate(t, y, slope);
    this.#nfe += 1;
  }

  #copy(source: Tensor): Tensor {
    const target = this.#pool.take();
    this.#engine.combine(target, source, 1, [], []);
    return target;
  }
}

/**
 * The adaptive loop: from an initial state to an outcome, statistics, output states and the accepted grid.
 *
 * Source: Hairer, Nørsett & Wanner I, II.4; decisions where solvers differ are in numerics.md: the joint
 * error norm over all entries, the last step clipped to land on t1 (a remainder under 100 ulp counts as
 * reached), output times by interpolation so that they never change the steps. No tape is kept: with
 * `record`, the states at step starts stay for the adjoint to replay from.
 *
 * Limits: real time may run backwards (t1 < t0); all rows share one step size.
 */
import type { Engine, Tensor, Tolerances } from '../engines/engine.js';
import { createController, type ControllerName } from './controllers/index.js';
import type { AcceptedStep, Grid, OutputPoint } from './grid.js';
import { initialStep } from './initial-step.js';
import { interpolationWeights } from './interpolation.js';
import { describeOutcome, type SolveOutcome, type SolveState, type SolveStatistics } from './outcome.js';
import { Stepper, type StepperOptions } from './step.js';
import { TensorPool } from './tensor-pool.js';

export interface SolveRequest extends Tolerances {
  /** rows × columns; not changed. */
  readonly y0: Tensor;
  readonly t0: number;
  readonly t1: number;
  readonly controller: ControllerName;
  /** Most attempted steps, accepted or not. */
  readonly maxSteps: number;
  /** Output times from t0 towards t1, in order; empty: only the end state. */
  readonly saveat: readonly number[];
  /** Keep the states at step starts (needed by the adjoint). */
  readonly record: boolean;
  /** Estimate stiffness at each accepted step. */
  readonly stiffness: boolean;
}

export interface Solution {
  readonly outcome: SolveOutcome;
  readonly statistics: SolveStatistics;
  /** States at the output times, in order. Complete only on success. */
  readonly outputs: readonly Tensor[];
  /** With `record` false, `steps` is empty. */
  readonly grid: Grid;
}

/** A remainder of up to this many ulp of t1, and of at most this share of the step, counts as reached. */
const LANDING_ULPS = 100;
const LANDING_SHARE = 0.01;

export class Solver {
  readonly #engine: Engine;
  readonly #options: StepperOptions;
  readonly #stepper: Stepper;
  readonly #pool: TensorPool;

  constructor(options: StepperOptions) {
    this.#engine = options.engine;
    this.#options = options;
    this.#stepper = new Stepper(options, { keepStates: false });
    this.#pool = new TensorPool(options.engine, options.rows, options.columns);
  }

  /**
   * Integrates from t0 to t1.
   * @returns tensors that stay valid until the next `solve` or `dispose` of this solver
   */
  async solve(request: SolveRequest): Promise<Solution> {
    const { y0, t0, t1, saveat, maxSteps } = request;
    const stepper = this.#stepper;
    const pool = this.#pool;
    pool.reset();
    const direction = t1 < t0 ? -1 : 1;
    const landing = LANDING_ULPS * Number.EPSILON * Math.max(Math.abs(t0), Math.abs(t1));
    const controller = createController(request.controller, this.#options.tableau.order);
    const steps: AcceptedStep[] = [];
    const outputs: Tensor[] = [];
    const points: OutputPoint[] = [];
    let nfe = 0;
    let accepted = 0;
    let rejected = 0;

    let t = t0;
    let y = pool.take();
    this.#engine.combine(y, y0, 1, [], []);
    const conclude = (state: SolveState): Solution => ({
      outcome: describeOutcome(state, t, maxSteps),
      statistics: { nfe, accepted, rejected },
      outputs,
      grid: { steps, y1: y, outputs: points },
    });
    while (outputs.length < saveat.length && direction * (saveat[outputs.length] - t0) <= 0) {
      this.#emit(outputs, points, -1, 0, 0, y, y);
    }
    if (t0 === t1) return conclude('success');

    stepper.evaluateFirst(t, y);
    let h = direction * (await this.#firstStep(request, y));
    nfe += 2;
    if (!Number.isFinite(h)) return conclude('non_finite');

    let lastError = 0;
    for (let attempts = 0; ; attempts += 1) {
      if (attempts >= maxSteps) return conclude('max_steps');
      const remaining = t1 - t;
      const lands = direction * (t + h - t1) >= -Math.min(landing, LANDING_SHARE * Math.abs(h));
      if (lands) h = remaining;
      if (t + h === t) return conclude(Number.isFinite(lastError) ? 'dt_underflow' : 'non_finite');

      const y1 = pool.take();
      stepper.attempt(t, h, y, y1);
      nfe += stepper.evaluationsPerAttempt;
      const norm = this.#engine.errorNorm(stepper.stepError(h, y, y1, request));
      const error = typeof norm === 'number' ? norm : await norm;
      lastError = error;
      if (!controller.accepts(error)) {
        rejected += 1;
        pool.give(y1);
        h *= controller.nextFactor(error);
        continue;
      }

      accepted += 1;
      if (request.record) {
        const stiffness = request.stiffness ? await stepper.estimateStiffness(y1) : null;
        steps.push({ t, h, y, error, stiffness });
      }
      while (outputs.length < saveat.length) {
        const time = saveat[outputs.length];
        const reached = lands ? direction * (time - t1) <= 0 : direction * (time - (t + h)) <= 0;
        if (!reached) break;
        this.#emit(outputs, points, accepted - 1, (time - t) / h, h, y, y1);
      }
      if (!request.record) pool.give(y);
      y = y1;
      t = lands ? t1 : t + h;
      if (lands) return conclude('success');
      h *= controller.nextFactor(error);
      if (stepper.firstSameAsLast) stepper.advance();
      else {
        stepper.evaluateFirst(t, y);
        nfe += 1;
      }
    }
  }

  dispose(): void {
    this.#stepper.dispose();
    this.#pool.dispose();
  }

  async #firstStep(request: SolveRequest, y: Tensor): Promise<number> {
    const { engine, field, tableau } = this.#options;
    const scratch = { state: this.#pool.take(), derivative: this.#pool.take() };
    const step = await initialStep({
      engine,
      field,
      t0: request.t0,
      t1: request.t1,
      y0: y,
      derivative: this.#stepper.stages[0],
      scratch,
      order: tableau.order,
      tolerances: request,
    });
    this.#pool.give(scratch.state);
    this.#pool.give(scratch.derivative);
    return step;
  }

  /** Adds the state at t + theta·h to the outputs. */
  #emit(outputs: Tensor[], points: OutputPoint[], step: number, theta: number, h: number, y: Tensor, y1: Tensor): void {
    const output = this.#pool.take();
    if (theta === 0) this.#engine.combine(output, y, 1, [], []);
    else if (theta >= 1) this.#engine.combine(output, y1, 1, [], []);
    else this.#engine.combine(output, y, h, interpolationWeights(this.#options.tableau, theta), this.#stepper.stages);
    outputs.push(output);
    points.push({ step, theta });
  }
}

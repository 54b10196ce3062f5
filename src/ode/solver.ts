/**
 * The adaptive loop: from an initial state to an outcome, statistics, output states and the accepted grid.
 *
 * Source: Hairer, Nørsett & Wanner I, II.4; decisions where solvers differ are in numerics.md: the joint
 * error norm over all entries, the last step clipped to land on t1 (a remainder under 100 ulp counts as
 * reached), output times by interpolation so that they never change the steps. No tape is kept: with
 * `keepStates`, the states at step starts stay for the adjoint to replay from.
 *
 * Time may run backwards (t1 < t0). Limit: all rows share one step size.
 */
import type { Engine, Tensor } from '../engines/engine.js';
import { createController } from './controllers/index.js';
import type { AcceptedStep, Grid, OutputPoint } from './grid.js';
import { initialStep } from './initial-step.js';
import { interpolationWeights } from './interpolation.js';
import { describeOutcome, type SolveOutcome, type SolveState, type SolveStatistics } from './outcome.js';
import { checkRequest, landingWidth, type SolveRequest } from './solve-request.js';
import { Stepper, type StepperOptions } from './step.js';
import { TensorPool } from './tensor-pool.js';

export interface Solution {
  readonly outcome: SolveOutcome;
  readonly statistics: SolveStatistics;
  /** State at the end; where integration stood if it did not succeed. */
  readonly y1: Tensor;
  /** States at the output times, in order; complete on success. */
  readonly outputs: readonly Tensor[];
  readonly grid: Grid;
  /** States at the start of each step and, last, at the end; null unless asked for. */
  readonly states: readonly Tensor[] | null;
}

/** A step is stretched onto t1 by at most this share of itself. */
const LANDING_SHARE = 0.01;

export class Solver {
  readonly #engine: Engine;
  readonly #options: StepperOptions;
  readonly #stepper: Stepper;
  readonly #pool: TensorPool;
  #busy = false;

  constructor(options: StepperOptions) {
    this.#engine = options.engine;
    this.#options = options;
    this.#stepper = new Stepper(options, { keepStates: false });
    this.#pool = new TensorPool(options.engine, options.rows, options.columns);
  }

  /**
   * Integrates from t0 to t1.
   * @returns tensors that stay valid until the next `solve` or `dispose` of this solver
   * @throws UserError if the request means nothing; Error if a solve of this solver is still going on
   */
  async solve(request: SolveRequest): Promise<Solution> {
    checkRequest(request);
    if (this.#busy) throw new Error('This solver is still solving: its tensors would be overwritten.');
    this.#busy = true;
    try {
      return await this.#integrate(request);
    } finally {
      this.#busy = false;
    }
  }

  dispose(): void {
    this.#stepper.dispose();
    this.#pool.dispose();
  }

  async #integrate(request: SolveRequest): Promise<Solution> {
    const { y0, t0, t1, saveat, maxSteps, keepStates } = request;
    const stepper = this.#stepper;
    const pool = this.#pool;
    pool.reset();
    const direction = t1 < t0 ? -1 : 1;
    const landing = landingWidth(request);
    const controller = createController(request.controller, this.#options.tableau.order);
    const steps: AcceptedStep[] = [];
    const states: Tensor[] = [];
    const outputs: Tensor[] = [];
    const points: OutputPoint[] = [];
    let nfe = 0;
    let rejected = 0;

    let t = t0;
    let y = pool.take();
    this.#engine.combine(y, y0, 1, [], []);
    const conclude = (state: SolveState): Solution => ({
      outcome: describeOutcome(state, t, maxSteps),
      statistics: { nfe, accepted: steps.length, rejected },
      y1: y,
      outputs,
      grid: { steps, outputs: points },
      states: keepStates ? [...states, y] : null,
    });
    while (outputs.length < saveat.length && direction * (saveat[outputs.length] - t0) <= landing) {
      outputs.push(this.#stateAt(0, 0, y, y));
      points.push({ step: -1, theta: 0 });
    }
    if (t0 === t1) return conclude('success');

    stepper.evaluateFirst(t, y);
    let h = direction * (await this.#firstStep(request, y));
    nfe += 2;
    if (!Number.isFinite(h)) return conclude('non_finite');

    let lastError = 0;
    for (let attempts = 0; ; attempts += 1) {
      if (attempts >= maxSteps) return conclude('max_steps');
      const lands = direction * (t + h - t1) >= -Math.min(landing, LANDING_SHARE * Math.abs(h));
      if (lands) h = t1 - t;
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

      const estimate = request.stiffness ? stepper.estimateStiffness(y, y1) : null;
      steps.push({ t, h, error, stiffness: estimate instanceof Promise ? await estimate : estimate });
      while (outputs.length < saveat.length) {
        const time = saveat[outputs.length];
        if (!lands && direction * (time - (t + h)) > 0) break;
        const theta = lands && Math.abs(time - t1) <= landing ? 1 : (time - t) / h;
        outputs.push(this.#stateAt(theta, h, y, y1));
        points.push({ step: steps.length - 1, theta });
      }
      if (keepStates) states.push(y);
      else pool.give(y);
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

  /** A new tensor with the state at t + theta·h of the latest step. */
  #stateAt(theta: number, h: number, y: Tensor, y1: Tensor): Tensor {
    const output = this.#pool.take();
    if (theta === 0) this.#engine.combine(output, y, 1, [], []);
    else if (theta >= 1) this.#engine.combine(output, y1, 1, [], []);
    else this.#engine.combine(output, y, h, interpolationWeights(this.#options.tableau, theta), this.#stepper.stages);
    return output;
  }
}

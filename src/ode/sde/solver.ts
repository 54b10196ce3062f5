/**
 * The loop of a stochastic solve: from an initial state and a Brownian path to outcome, statistics, output states and
 * the accepted grid. Itô, diagonal noise.
 *
 * Source: Rößler 2010 for the steps, Rackauckas & Nie (Discrete Contin. Dyn. Syst. B 22, 2017) for adaptive ones; PI
 * controller of StochasticDiffEq with k = 1.5: β1 = 7/15, β2 = 4/15, growth at most 9/8 a step.
 * The path is a function of time, so a rejected step is no draw that is thrown away: the shorter step sees the same
 * path, and rejection does not bias the solution. The adjoint replays from the grid and the path, no tape is kept.
 *
 * An accepted step cut short to land on an output time says nothing about the step the controller had planned: it is not
 * told, and its plan stands. (With growth held to 9/8, solves with many output times would otherwise crawl.)
 *
 * Limits: forward in time; all rows share one step size; see `sri-tableau.ts` for what diagonal noise means.
 */
import type { Engine, Tensor } from '../../engines/engine.js';
import type { Controller } from '../controllers/controller.js';
import { proportionalIntegralController } from '../controllers/proportional-integral.js';
import type { AcceptedStep, OutputPoint } from '../grid.js';
import { describeOutcome, type SolveState, type SolveStatistics } from '../outcome.js';
import { landingWidth } from '../solve-request.js';
import type { Solution } from '../solver.js';
import { TensorPool } from '../tensor-pool.js';
import { initialSdeStep } from './initial-step.js';
import { checkSdeRequest, type SdeSolveRequest } from './solve-request.js';
import { StepTimes } from './step-times.js';
import { SdeStepper, type SdeStepperOptions } from './step.js';

/** `nfe` counts the drift, as the published tables do. */
export interface SdeStatistics extends SolveStatistics {
  readonly diffusionNfe: number;
}

export interface SdeSolution extends Solution {
  readonly statistics: SdeStatistics;
}

const GROWTH_LIMIT = 9 / 8;

export class SdeSolver {
  readonly #options: SdeStepperOptions;
  readonly #engine: Engine;
  readonly #stepper: SdeStepper;
  readonly #pool: TensorPool;
  #busy = false;

  constructor(options: SdeStepperOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#stepper = new SdeStepper(options);
    this.#pool = new TensorPool(options.engine, options.rows, options.columns);
  }

  /**
   * Integrates from t0 to t1 along the path.
   * @returns tensors that stay valid until the next `solve` or `dispose` of this solver
   * @throws UserError if the request means nothing; Error if a solve of this solver is still going on
   */
  async solve(request: SdeSolveRequest): Promise<SdeSolution> {
    checkSdeRequest(request, this.#options.method);
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

  async #integrate(request: SdeSolveRequest): Promise<SdeSolution> {
    const { y0, t0, t1, saveat, maxSteps, keepStates, path } = request;
    const [stepper, pool] = [this.#stepper, this.#pool];
    const evaluations = stepper.evaluationsPerAttempt;
    const adaptive = request.controller === 'pi';
    const controller = proportionalIntegralController(this.#options.method.order, GROWTH_LIMIT);
    // Times nearer than this are one to the path.
    const landing = landingWidth(path);
    const times = new StepTimes(request);
    const steps: AcceptedStep[] = [];
    const states: Tensor[] = [];
    const outputs: Tensor[] = [];
    const points: OutputPoint[] = [];
    let [nfe, diffusionNfe, rejected] = [0, 0, 0];

    pool.reset();
    let t = t0;
    let y = this.#copy(y0);
    const conclude = (state: SolveState): SdeSolution => ({
      outcome: describeOutcome(state, t, maxSteps),
      statistics: { nfe, diffusionNfe, accepted: steps.length, rejected },
      y1: y,
      outputs,
      grid: { steps, outputs: points },
      states: keepStates ? [...states, y] : null,
    });
    while (outputs.length < saveat.length && saveat[outputs.length] - t0 <= landing) {
      outputs.push(this.#copy(y));
      points.push({ step: -1, theta: 0 });
    }
    if (t0 === t1) return conclude('success');

    let proposal = 0;
    if (adaptive) {
      proposal = await this.#firstStep(request, y);
      [nfe, diffusionNfe] = [2, 2];
      if (!Number.isFinite(proposal)) return conclude('non_finite');
    }

    let lastError = 0;
    for (let attempts = 0; ; attempts += 1) {
      if (attempts >= maxSteps) return conclude('max_steps');
      const { end, lands } = times.next(t, proposal);
      const h = end - t;
      if (!(h > landing)) return conclude(Number.isFinite(lastError) ? 'dt_underflow' : 'non_finite');

      const y1 = pool.take();
      stepper.noise.draw(path, t, h);
      stepper.attempt(t, h, y, y1);
      nfe += evaluations.drift;
      diffusionNfe += evaluations.diffusion;
      const measured = this.#measure(request, y, y1);
      const error = typeof measured === 'number' ? measured : await measured;
      lastError = error;
      if (!(adaptive ? controller.accepts(error) : Number.isFinite(error))) {
        rejected += 1;
        pool.give(y1);
        if (!adaptive) return conclude('non_finite');
        proposal = h * controller.nextFactor(error);
        continue;
      }

      const estimate = request.stiffness ? stepper.estimateStiffness(y) : null;
      steps.push({ t, h, error, stiffness: estimate instanceof Promise ? await estimate : estimate });
      while (outputs.length < saveat.length && saveat[outputs.length] - end <= landing) {
        const before = saveat[outputs.length] - end < -landing;
        const theta = before ? (saveat[outputs.length] - t) / h : 1;
        outputs.push(this.#between(theta, y, y1));
        points.push({ step: steps.length - 1, theta });
      }
      if (keepStates) states.push(y);
      else pool.give(y);
      y = y1;
      t = end;
      if (t === t1) return conclude('success');
      if (adaptive) proposal = nextProposal(controller, proposal, h, error, lands);
    }
  }

  /** E of the attempt; 0 for a method without an estimate, NaN or ∞ where its state is not finite. */
  #measure(request: SdeSolveRequest, y: Tensor, y1: Tensor): number | Promise<number> {
    const engine = this.#engine;
    if (this.#options.method.estimate !== null) return engine.errorNorm(this.#stepper.stepError(y, y1, request));
    const size = engine.dot(y1, y1);
    return typeof size === 'number' ? 0 * size : size.then((value) => 0 * value);
  }

  async #firstStep(request: SdeSolveRequest, y: Tensor): Promise<number> {
    const { engine, drift, diffusion, method } = this.#options;
    const scratch = { drift: this.#pool.take(), diffusion: this.#pool.take(), state: this.#pool.take() };
    const { t0, t1 } = request;
    const { order } = method;
    const step = await initialSdeStep({ engine, drift, diffusion, t0, t1, y0: y, scratch, order, tolerances: request });
    for (const tensor of Object.values(scratch)) this.#pool.give(tensor);
    return step;
  }

  #copy(source: Tensor): Tensor {
    return this.#between(1, source, source);
  }

  /** A new tensor with (1 − theta) y + theta y1. */
  #between(theta: number, y: Tensor, y1: Tensor): Tensor {
    const output = this.#pool.take();
    if (theta === 1) this.#engine.combine(output, y1, 1, [], []);
    else this.#engine.combine(output, null, 1, [1 - theta, theta], [y, y1]);
    return output;
  }
}

function nextProposal(controller: Controller, proposal: number, h: number, error: number, lands: boolean): number {
  return lands && h < proposal ? proposal : h * controller.nextFactor(error);
}

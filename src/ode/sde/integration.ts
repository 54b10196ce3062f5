/**
 * One stochastic solve: the loop of attempts along a Brownian path, from t0 to an outcome.
 *
 * Source: Rackauckas & Nie (Discrete Contin. Dyn. Syst. B 22, 2017) for adaptive steps, with the PI controller of
 * StochasticDiffEq for k = 1.5: β1 = 7/15, β2 = 4/15, growth by 9/8 at most. The path is a function of time, so nothing
 * is drawn that a rejection would throw away: the shorter step sees the same path, and rejection does not bias the
 * solution. No tape is kept: the adjoint replays from the grid, the states at step starts and the path.
 *
 * An accepted step cut short to land on an output time says nothing about the step the controller had planned: it is not
 * told, and its plan stands. (With growth held to 9/8, solves with many output times would otherwise crawl.)
 */
import type { Awaitable, Tensor } from '../../engines/engine.js';
import type { Controller } from '../controllers/controller.js';
import { proportionalIntegralController } from '../controllers/proportional-integral.js';
import type { AcceptedStep, Attempt, OutputPoint } from '../grid.js';
import { describeOutcome, type SolveState } from '../outcome.js';
import { landingWidth } from '../solve-request.js';
import type { TensorPool } from '../tensor-pool.js';
import { initialSdeStep } from './initial-step.js';
import type { SdeSolution } from './solution.js';
import type { SdeSolveRequest } from './solve-request.js';
import { SHORTEST_SHARE } from './step-end.js';
import { StepTimes } from './step-times.js';
import type { SdeStepper, SdeStepperOptions } from './step.js';

const GROWTH_LIMIT = 9 / 8;

export class SdeIntegration {
  readonly #options: SdeStepperOptions;
  readonly #stepper: SdeStepper;
  readonly #pool: TensorPool;
  readonly #request: SdeSolveRequest;
  /** Null: constant steps. */
  readonly #controller: Controller | null;
  readonly #times: StepTimes;
  /** Times nearer than this are one to the path. */
  readonly #landing: number;
  readonly #steps: AcceptedStep[] = [];
  readonly #states: Tensor[] = [];
  readonly #attempts: Attempt[] = [];
  readonly #outputs: Tensor[] = [];
  readonly #points: OutputPoint[] = [];
  #nfe = 0;
  #diffusionNfe = 0;
  #rejected = 0;
  #t: number;
  #y: Tensor;

  constructor(options: SdeStepperOptions, stepper: SdeStepper, pool: TensorPool, request: SdeSolveRequest) {
    this.#options = options;
    this.#stepper = stepper;
    this.#pool = pool;
    this.#request = request;
    const { order } = options.method;
    this.#controller = request.controller === 'pi' ? proportionalIntegralController(order, GROWTH_LIMIT) : null;
    this.#times = new StepTimes(request);
    this.#landing = landingWidth(request.path);
    this.#t = request.t0;
    this.#y = this.#between(1, request.y0, request.y0);
  }

  async run(): Promise<SdeSolution> {
    const { t0, t1, maxSteps, path, dtMin = 0, dtMax = Infinity, keepAttempts, keeper } = this.#request;
    const [stepper, controller] = [this.#stepper, this.#controller];
    const evaluations = stepper.evaluationsPerAttempt;
    keeper?.beginSolve();
    this.#outputUntil(t0, -1, 0, this.#y);
    if (t0 === t1) return this.#conclude('success');
    stepper.use(keeper?.slots(0) ?? null);
    // Far from 0 the automatic step may be less than the path can tell apart.
    let planned = Math.max(await this.#firstStep(), dtMin, 2 * this.#landing);
    if (!Number.isFinite(planned)) return this.#conclude('non_finite');

    let finite = true;
    for (let attempts = 0; ; attempts += 1) {
      if (attempts >= maxSteps) return this.#conclude('max_steps');
      planned = Math.min(planned, dtMax);
      const { end, lands } = this.#times.next(this.#t, planned);
      const h = end - this.#t;
      // What rounding onto dyadic times took from a step of dtMin is not held against it.
      if (planned < dtMin * SHORTEST_SHARE && !lands) return this.#conclude('dt_min');
      if (!(h > this.#landing)) return this.#conclude(finite ? 'dt_underflow' : 'non_finite');

      const y1 = this.#pool.take();
      stepper.draw(path, this.#t, h);
      stepper.attempt(this.#t, h, this.#y, y1);
      this.#nfe += evaluations.drift;
      this.#diffusionNfe += evaluations.diffusion;
      const norm = this.#measure(y1);
      const { error, size } = norm instanceof Promise ? await norm : norm;
      finite = Number.isFinite(size);
      const accepted = controller === null || error === null || controller.accepts(error);
      if (keepAttempts === true) this.#attempts.push({ t: this.#t, h, error, accepted });
      if (!accepted) {
        this.#rejected += 1;
        this.#pool.give(y1);
        planned = h * controller.nextFactor(error);
        continue;
      }
      // Constant steps are never rejected: only here can they show that something is not finite.
      if (!finite) return this.#conclude('non_finite');
      await this.#accept(h, error, y1, end);
      if (end === t1) return this.#conclude('success');
      if (keeper) stepper.use(keeper.slots(this.#steps.length));
      const cut = lands && h < planned;
      if (controller !== null && error !== null && !cut) planned = h * controller.nextFactor(error);
    }
  }

  /** Books an accepted step and moves on to its end. */
  async #accept(h: number, error: number | null, y1: Tensor, end: number): Promise<void> {
    const { stiffness, keepStates } = this.#request;
    const estimate = stiffness && this.#stepper.estimateStiffness(stiffness, this.#y);
    this.#steps.push({ t: this.#t, h, error, stiffness: estimate instanceof Promise ? await estimate : estimate });
    this.#outputUntil(end, this.#steps.length - 1, h, y1);
    if (keepStates) this.#states.push(this.#y);
    else this.#pool.give(this.#y);
    this.#y = y1;
    this.#t = end;
  }

  /** E of the attempt, null without an estimate; and a number that is finite if its state is. */
  #measure(y1: Tensor): Awaitable<{ readonly error: number | null; readonly size: number }> {
    const { engine } = this.#options;
    const stepError = this.#stepper.stepError(this.#y, y1, this.#request);
    const norm =
      stepError === null ? engine.scaledRms(y1, null, y1, { atol: 1, rtol: 0 }) : engine.errorNorm(stepError);
    const result = (size: number) => ({ error: stepError === null ? null : size, size });
    return norm instanceof Promise ? norm.then(result) : result(norm);
  }

  /** Output states up to `end`, where the state is y1: of step `step`, or of the start (−1). */
  #outputUntil(end: number, step: number, h: number, y1: Tensor): void {
    const { saveat } = this.#request;
    while (this.#outputs.length < saveat.length && saveat[this.#outputs.length] - end <= this.#landing) {
      const time = saveat[this.#outputs.length];
      const theta = step < 0 ? 0 : end - time > this.#landing ? (time - this.#t) / h : 1;
      this.#outputs.push(this.#between(step < 0 ? 1 : theta, this.#y, y1));
      this.#points.push({ step, theta });
    }
  }

  async #firstStep(): Promise<number> {
    const { controller, firstStep, t0, t1 } = this.#request;
    if (controller !== 'pi') return controller.dt;
    if (firstStep !== undefined) return firstStep;
    const { engine, drift, diffusion, method } = this.#options;
    const scratch = { drift: this.#pool.take(), diffusion: this.#pool.take(), state: this.#pool.take() };
    const [y0, tolerances, { order }] = [this.#y, this.#request, method];
    const step = await initialSdeStep({ engine, drift, diffusion, t0, t1, y0, scratch, order, tolerances });
    this.#nfe += 2;
    this.#diffusionNfe += 2;
    for (const tensor of Object.values(scratch)) this.#pool.give(tensor);
    return step;
  }

  /** A new tensor with (1 − theta) y + theta y1. */
  #between(theta: number, y: Tensor, y1: Tensor): Tensor {
    const state = this.#pool.take();
    if (theta === 1) this.#options.engine.combine(state, y1, 1, [], []);
    else this.#options.engine.combine(state, null, 1, [1 - theta, theta], [y, y1]);
    return state;
  }

  #conclude(state: SolveState): SdeSolution {
    const { maxSteps, dtMin = 0, keepStates, keepAttempts } = this.#request;
    const statistics = { accepted: this.#steps.length, rejected: this.#rejected };
    return {
      outcome: describeOutcome(state, this.#t, { maxSteps, dtMin }),
      statistics: { nfe: this.#nfe, diffusionNfe: this.#diffusionNfe, ...statistics },
      y1: this.#y,
      outputs: this.#outputs,
      grid: { steps: this.#steps, outputs: this.#points },
      states: keepStates ? [...this.#states, this.#y] : null,
      attempts: keepAttempts === true ? this.#attempts : null,
      isCurrent: this.#pool.lease(),
    };
  }
}

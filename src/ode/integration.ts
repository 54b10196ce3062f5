/**
 * One solve: the loop of attempts, from t0 to an outcome.
 *
 * Source: Hairer, Nørsett & Wanner I, II.4; decisions where solvers differ are in numerics.md: the joint error norm
 * over all entries, the last step clipped to land on t1 (a remainder under 100 ulp counts as reached), output times
 * by interpolation so that they never change the steps. No tape is kept: with `keepStates`, the states at step
 * starts stay for the adjoint to replay from.
 */
import type { Tensor } from '../engines/engine.js';
import { createController } from './controllers/index.js';
import type { Controller } from './controllers/controller.js';
import { EventWatcher, type Crossing } from './events.js';
import type { AcceptedStep, Attempt, OutputPoint } from './grid.js';
import { initialStep } from './initial-step.js';
import { interpolationWeights } from './interpolation.js';
import { describeOutcome, type SolveState } from './outcome.js';
import { isConstant, landingWidth, reaches, type SolveRequest } from './solve-request.js';
import type { EventOccurrence, Solution } from './solution.js';
import type { Stepper, StepperOptions } from './step.js';
import type { TensorPool } from './tensor-pool.js';

const UNIT_ROUNDOFF = { f32: 2 ** -24, f64: 2 ** -53 } as const;

export class Integration {
  readonly #options: StepperOptions;
  readonly #stepper: Stepper;
  readonly #pool: TensorPool;
  readonly #request: SolveRequest;
  /** Null: constant steps. */
  readonly #controller: Controller | null;
  readonly #direction: 1 | -1;
  readonly #landing: number;
  readonly #steps: AcceptedStep[] = [];
  readonly #states: Tensor[] = [];
  readonly #attempts: Attempt[] = [];
  readonly #outputs: Tensor[] = [];
  readonly #points: OutputPoint[] = [];
  readonly #events: EventOccurrence[] = [];
  #nfe = 0;
  #rejected = 0;
  #t: number;
  #y: Tensor;

  constructor(options: StepperOptions, stepper: Stepper, pool: TensorPool, request: SolveRequest) {
    const { controller, t0, t1, y0 } = request;
    this.#options = options;
    this.#stepper = stepper;
    this.#pool = pool;
    this.#request = request;
    this.#controller = isConstant(controller) ? null : createController(controller, options.tableau.order);
    this.#direction = t1 < t0 ? -1 : 1;
    this.#landing = landingWidth(request);
    this.#t = t0;
    this.#y = pool.take();
    options.engine.combine(this.#y, y0, 1, [], []);
  }

  async run(): Promise<Solution> {
    const { t0, t1, saveat, maxSteps, stiffness, events = [], dtMin = 0, dtMax = Infinity } = this.#request;
    const { engine } = this.#options;
    this.#request.keeper?.beginSolve();
    while (
      this.#outputs.length < saveat.length &&
      this.#direction * (saveat[this.#outputs.length] - t0) <= this.#landing
    ) {
      this.#output({ step: -1, theta: 0 }, this.#stateAt(0, 0, this.#y, this.#y));
    }
    if (t0 === t1) return this.#conclude('success');
    const watcher = events.length === 0 ? null : new EventWatcher(events, t0, await engine.read(this.#y));

    this.#stepper.use(this.#request.keeper?.slots(0) ?? null);
    this.#stepper.evaluateFirst(t0, this.#y);
    this.#nfe += 1;
    let h = this.#direction * Math.max(await this.#firstStep(), dtMin);
    if (!Number.isFinite(h)) return this.#conclude('non_finite');

    let lastError: number | null = 0;
    for (let attempts = 0; ; attempts += 1) {
      if (attempts >= maxSteps) return this.#conclude(isFinite(lastError) ? 'max_steps' : 'non_finite');
      if (Math.abs(h) > dtMax) h = this.#direction * dtMax;
      const beyond = this.#direction * (this.#t + h - t1);
      const lands = reaches(beyond, Math.abs(h), this.#landing);
      if (lands) h = t1 - this.#t;
      else if (Math.abs(h) < dtMin) return this.#conclude('dt_min');
      if (this.#t + h === this.#t) return this.#conclude(isFinite(lastError) ? 'dt_underflow' : 'non_finite');

      const y1 = this.#pool.take();
      const norm = this.#stepper.attempt(this.#t, h, this.#y, y1, this.#request);
      this.#nfe += this.#stepper.evaluationsPerAttempt;
      const error = norm instanceof Promise ? await norm : norm;
      lastError = error;
      const accepted = this.#controller === null || error === null || this.#controller.accepts(error);
      if (this.#request.keepAttempts === true) this.#attempts.push({ t: this.#t, h, error, accepted });
      const factor = this.#controller === null || error === null ? 1 : this.#controller.nextFactor(error);
      if (!accepted) {
        this.#rejected += 1;
        this.#pool.give(y1);
        h *= factor;
        continue;
      }
      // Constant steps are never rejected: only here can they show that something is not finite.
      if (!isFinite(error)) return this.#conclude('non_finite');
      const estimate = stiffness && this.#stepper.estimateStiffness(stiffness, this.#y, y1);
      const stiffnessEstimate = estimate instanceof Promise ? await estimate : estimate;
      this.#steps.push({ t: this.#t, h, error, stiffness: stiffnessEstimate });
      const last = lands && watcher === null && !this.#interpolates(this.#t + h);
      if (!this.#stepper.firstSameAsLast && !last) {
        this.#stepper.evaluateEnd(this.#t, h, y1);
        this.#nfe += 1;
      }
      const terminal = watcher === null ? null : await this.#watch(watcher, h, this.#y, y1);
      const state = this.#moveOn(h, y1, lands, terminal);
      // A method without an estimate has shown nothing so far of whether its states are finite.
      if (state === 'success' && error === null) return this.#conclude(await this.#judgeEnd());
      if (state !== null) return this.#conclude(state);
      h *= factor;
    }
  }

  /** From the start of an accepted step, whose stages are complete, to its end. @returns how the solve ends, if it does */
  #moveOn(h: number, y1: Tensor, lands: boolean, terminal: Crossing | null): SolveState | null {
    const { keepStates, keeper, t1 } = this.#request;
    const stepper = this.#stepper;
    const t = this.#t;
    const y = this.#y;
    this.#outputWithin(h, y, y1, lands, terminal?.theta ?? 1);
    if (keepStates) this.#states.push(y);
    const surplus = keeper ? keeper.keep(y, y1) : y;
    if (terminal !== null) {
      if (keepStates) this.#states.push(y1);
      this.#y = this.#stateAt(terminal.theta, h, y, y1);
      this.#t = t + terminal.theta * h;
      return 'event';
    }
    if (!keepStates && surplus !== null) this.#pool.give(surplus);
    this.#y = y1;
    this.#t = lands ? t1 : this.#endOf(t, h);
    if (lands) return 'success';
    const slots = keeper?.slots(this.#steps.length) ?? null;
    if (slots === null) stepper.advance();
    else stepper.use(slots);
    return null;
  }

  /** Whether the state where the solve ends is finite. */
  async #judgeEnd(): Promise<SolveState> {
    const size = await this.#options.engine.scaledRms(this.#y, null, this.#y, { atol: 1, rtol: 0 });
    return Number.isFinite(size) ? 'success' : 'non_finite';
  }

  /** Constant steps end at t0 + n·dt: sums would drift, and leave a step of rounding errors before t1. */
  #endOf(t: number, h: number): number {
    const { controller, t0 } = this.#request;
    return isConstant(controller) ? t0 + this.#direction * this.#steps.length * controller.dt : t + h;
  }

  /** Books the events of the step. @returns the terminal one */
  async #watch(watcher: EventWatcher, h: number, y: Tensor, y1: Tensor): Promise<Crossing | null> {
    const { engine } = this.#options;
    const t = this.#t;
    const scratch = this.#pool.take();
    const stateAt = (theta: number) => {
      this.#interpolate(scratch, theta, h, y, y1);
      return engine.read(scratch);
    };
    const crossings = await watcher.cross({ t, h, stateAt });
    this.#pool.give(scratch);
    const { events = [] } = this.#request;
    for (const { event, theta } of crossings) {
      const point = { step: this.#steps.length - 1, theta };
      this.#events.push({ event, t: t + theta * h, y: this.#stateAt(theta, h, y, y1), point });
    }
    const latest = crossings.at(-1);
    return latest !== undefined && events[latest.event].terminal ? latest : null;
  }

  /** Whether an output time lies inside the step that ends at `end`. */
  #interpolates(end: number): boolean {
    const { saveat } = this.#request;
    return (
      this.#outputs.length < saveat.length && this.#direction * (end - saveat[this.#outputs.length]) > this.#landing
    );
  }

  /** Output states of the step, up to `until` in its own measure. */
  #outputWithin(h: number, y: Tensor, y1: Tensor, lands: boolean, until: number): void {
    const { saveat, t1 } = this.#request;
    while (this.#outputs.length < saveat.length) {
      const time = saveat[this.#outputs.length];
      if (!lands && this.#direction * (time - (this.#t + h)) > 0) break;
      const theta = lands && Math.abs(time - t1) <= this.#landing ? 1 : (time - this.#t) / h;
      if (theta > until) break;
      this.#output({ step: this.#steps.length - 1, theta }, this.#stateAt(theta, h, y, y1));
    }
  }

  #output(point: OutputPoint, state: Tensor): void {
    this.#points.push(point);
    this.#outputs.push(state);
  }

  /** A new tensor with the state at t + theta·h of the latest step. */
  #stateAt(theta: number, h: number, y: Tensor, y1: Tensor): Tensor {
    const state = this.#pool.take();
    this.#interpolate(state, theta, h, y, y1);
    return state;
  }

  #interpolate(target: Tensor, theta: number, h: number, y: Tensor, y1: Tensor): void {
    const { engine } = this.#options;
    const { tableau, stages } = this.#stepper;
    if (theta === 0) engine.combine(target, y, 1, [], []);
    else if (theta >= 1) engine.combine(target, y1, 1, [], []);
    else engine.combine(target, y, h, interpolationWeights(tableau, theta), stages);
  }

  async #firstStep(): Promise<number> {
    const { controller, firstStep, t0, t1 } = this.#request;
    if (isConstant(controller)) return controller.dt;
    const { engine, field, tableau } = this.#options;
    if (firstStep !== undefined) {
      // Else a field that is NaN from the start would shrink its steps down to nothing first.
      const slope = await engine.scaledRms(this.#stepper.stages[0], null, this.#y, { atol: 1, rtol: 1 });
      return Number.isNaN(slope) ? NaN : firstStep;
    }
    const scratch = { state: this.#pool.take(), derivative: this.#pool.take() };
    const step = await initialStep({
      engine,
      field,
      t0,
      t1,
      y0: this.#y,
      derivative: this.#stepper.stages[0],
      scratch,
      order: tableau.order,
      tolerances: this.#request,
    });
    this.#nfe += 1;
    this.#pool.give(scratch.state);
    this.#pool.give(scratch.derivative);
    return step;
  }

  #conclude(state: SolveState): Solution {
    const { maxSteps, dtMin = 0, keepStates, keepAttempts, rtol, atol } = this.#request;
    const belowRounding = Math.max(rtol, atol) < UNIT_ROUNDOFF[this.#options.engine.dtype];
    const states = state === 'event' ? this.#states : [...this.#states, this.#y];
    return {
      outcome: describeOutcome(state, this.#t, { maxSteps, dtMin, belowRounding }),
      statistics: { nfe: this.#nfe, accepted: this.#steps.length, rejected: this.#rejected },
      y1: this.#y,
      outputs: this.#outputs,
      grid: { steps: this.#steps, outputs: this.#points },
      states: keepStates ? states : null,
      attempts: keepAttempts === true ? this.#attempts : null,
      isCurrent: this.#pool.lease(),
      events: this.#events,
    };
  }
}

/** No estimate counts as finite. */
function isFinite(error: number | null): boolean {
  return error === null || Number.isFinite(error);
}

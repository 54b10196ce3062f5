/**
 * Integration until nothing moves: the steady state y* with f(y*) = 0 that the flow runs into.
 *
 * Source: infinite-time neural ODE (arXiv 2109.14247, section 3.2). The field is taken as autonomous: it is always
 * called at the same t. An accepted step ends the search once RMS(f / (atol + rtol·|y|)) ≤ 1 at its end; f is there
 * at no cost, as the next step's first stage. Newton's method can then polish y* to rounding: each of its linear
 * systems by GMRES on Jacobian–vector products, kept only if it halves the residual.
 *
 * Limits: finds stable states only, and none where the flow runs in circles. All rows share one step size.
 */
import { UserError } from '../errors.js';
import type { Activations, Tensor, Tolerances } from '../engines/engine.js';
import { createController, type ControllerSettings } from './controllers/index.js';
import { RowGmres } from './implicit/row-gmres.js';
import { initialStep } from './initial-step.js';
import { checkController, checkShape, checkTolerances } from './solve-request.js';
import { Stepper, type StepperOptions } from './step.js';
import { solveRows } from './solve-rows.js';
import { TensorPool } from './tensor-pool.js';
import type { VectorField } from './vector-field.js';

export interface SteadyStateRequest extends Tolerances {
  /** rows × columns; not changed. */
  readonly y0: Tensor;
  readonly controller: ControllerSettings;
  /** Most attempted steps, accepted or not. */
  readonly maxSteps: number;
  /** Most iterations of Newton's method afterwards; 0: none. */
  readonly polish: number;
}

export type SteadyState = 'steady' | 'max_steps' | 'dt_underflow' | 'non_finite';

export interface SteadyStateSolution {
  readonly outcome: {
    readonly state: SteadyState;
    /** What happened and what to do about it. */
    readonly advice: string;
  };
  readonly statistics: {
    readonly nfe: number;
    readonly accepted: number;
    readonly rejected: number;
    /** Newton iterations kept, and the Jacobian–vector products of all. */
    readonly polished: number;
    readonly products: number;
  };
  /** Where the search stood; valid until the next `solve` or `dispose`. */
  readonly y: Tensor;
  /** RMS(f / (atol + rtol·|y|)) there: at most 1 for a steady state. */
  readonly residual: number;
  /** Length of time integrated. */
  readonly elapsed: number;
}

/**
 * Tolerance of the steps as a share of that of f: near rest an explicit pair runs at its stability limit, where f
 * hovers at up to some twenty times what the steps allow and would never fall below it.
 */
const STEP_SHARE = 0.01;

/** A Newton step is solved to this share of each row's f. */
const LINEAR_TOLERANCE = 1e-3;

export class SteadyStateSolver {
  readonly #options: StepperOptions;
  readonly #time: number;
  readonly #stepper: Stepper;
  readonly #pool: TensorPool;
  readonly #activations: Activations;
  readonly #gmres: RowGmres;
  #busy = false;

  /** @param time at which f is called, always @throws UserError if the pair cannot adapt its steps */
  constructor(options: StepperOptions, time: number) {
    if (options.tableau.errorWeights === null) {
      throw new UserError('usage', `${options.tableau.name} has no error estimate: it cannot adapt its steps.`);
    }
    const { engine, field, rows, columns } = options;
    this.#options = options;
    this.#time = time;
    this.#stepper = new Stepper({ ...options, field: atTime(field, time) }, { keepStates: false });
    this.#pool = new TensorPool(engine, rows, columns);
    this.#activations = field.createActivations(rows);
    this.#gmres = new RowGmres(rows, columns);
  }

  /** @throws UserError if the request means nothing; Error if a search of this solver is still going on */
  async solve(request: SteadyStateRequest): Promise<SteadyStateSolution> {
    this.#check(request);
    if (this.#busy) throw new Error('This solver is still solving: its tensors would be overwritten.');
    this.#busy = true;
    try {
      this.#pool.reset();
      const found = await this.#integrate(request);
      if (found.state !== 'steady' || request.polish === 0)
        return conclude(request, found, { polished: 0, products: 0 });
      return await this.#polish(request, found);
    } finally {
      this.#busy = false;
    }
  }

  dispose(): void {
    this.#stepper.dispose();
    this.#pool.dispose();
    this.#activations.dispose();
  }

  #check({ y0, rtol, atol, maxSteps, polish, controller }: SteadyStateRequest): void {
    checkShape(y0, this.#options);
    checkTolerances({ rtol, atol });
    checkController(controller);
    if (!(maxSteps >= 1)) throw new UserError('usage', `maxSteps must be at least 1, not ${maxSteps}.`);
    if (!(polish >= 0)) throw new UserError('usage', `polish must be a number of iterations, not ${polish}.`);
  }

  async #integrate(request: SteadyStateRequest): Promise<Found> {
    const { y0, controller: settings, maxSteps } = request;
    const { engine, tableau } = this.#options;
    const stepper = this.#stepper;
    const pool = this.#pool;
    const controller = createController(settings, tableau.order);
    const tolerances = { atol: STEP_SHARE * request.atol, rtol: STEP_SHARE * request.rtol };
    let y = pool.take();
    engine.combine(y, y0, 1, [], []);
    stepper.evaluateFirst(0, y);
    let nfe = 1;
    let [elapsed, accepted, rejected] = [0, 0, 0];
    let residual = await engine.scaledRms(stepper.stages[0], null, y, request);
    const found = (state: SteadyState): Found => ({ state, y, residual, elapsed, nfe, accepted, rejected });
    if (!Number.isFinite(residual)) return found('non_finite');
    if (residual <= 1) return found('steady');
    let h = await this.#firstStep(tolerances, y);
    nfe += 1;
    let lastError = 0;
    while (accepted + rejected < maxSteps) {
      if (!Number.isFinite(h)) return found('non_finite');
      if (elapsed + h === elapsed) return found(Number.isFinite(lastError) ? 'dt_underflow' : 'non_finite');
      const y1 = pool.take();
      const error = (await stepper.attempt(0, h, y, y1, tolerances)) ?? 0;
      nfe += stepper.evaluationsPerAttempt;
      lastError = error;
      const step = h;
      h *= controller.nextFactor(error);
      if (!controller.accepts(error)) {
        rejected += 1;
        pool.give(y1);
        continue;
      }
      accepted += 1;
      elapsed += step;
      if (!stepper.firstSameAsLast) {
        stepper.evaluateEnd(0, step, y1);
        nfe += 1;
      }
      stepper.advance();
      pool.give(y);
      y = y1;
      residual = await engine.scaledRms(stepper.stages[0], null, y, request);
      if (residual <= 1) return found('steady');
    }
    return found('max_steps');
  }

  /** Newton's method from a steady state; ends where an iteration does not halve the residual. */
  async #polish(request: SteadyStateRequest, found: Found): Promise<SteadyStateSolution> {
    const { engine, field } = this.#options;
    const pool = this.#pool;
    const time = this.#time;
    const kept = this.#activations;
    const [f, step, product, candidate] = [pool.take(), pool.take(), pool.take(), pool.take()];
    let { y, residual, nfe } = found;
    let next = candidate;
    let [polished, products] = [0, 0];
    field.evaluate(time, y, f, kept);
    nfe += 1;
    while (polished < request.polish && residual > 0) {
      const base = y;
      const jacobian = (direction: Tensor, target: Tensor): void =>
        field.pushforward(time, base, f, kept, 0, direction, target);
      const solved = await solveRows(engine, this.#gmres, jacobian, f, LINEAR_TOLERANCE, step, product);
      products += solved.products;
      engine.combine(next, y, -1, [1], [step]);
      field.evaluate(time, next, f, kept);
      nfe += 1;
      const fresh = await engine.scaledRms(f, null, next, request);
      if (!(fresh <= residual / 2)) break;
      [y, next] = [next, y];
      residual = fresh;
      polished += 1;
    }
    return conclude(request, { ...found, y, residual, nfe }, { polished, products });
  }

  async #firstStep(tolerances: Tolerances, y: Tensor): Promise<number> {
    const { engine, field, tableau } = this.#options;
    const scratch = { state: this.#pool.take(), derivative: this.#pool.take() };
    const step = await initialStep({
      engine,
      field: atTime(field, this.#time),
      t0: 0,
      t1: Number.MAX_VALUE,
      y0: y,
      derivative: this.#stepper.stages[0],
      scratch,
      order: tableau.order,
      tolerances,
    });
    this.#pool.give(scratch.state);
    this.#pool.give(scratch.derivative);
    return step;
  }
}

/** Where integration ended. */
interface Found {
  readonly state: SteadyState;
  readonly y: Tensor;
  readonly residual: number;
  readonly elapsed: number;
  readonly nfe: number;
  readonly accepted: number;
  readonly rejected: number;
}

function conclude(
  request: SteadyStateRequest,
  { state, y, residual, elapsed, ...counts }: Found,
  ofNewton: { readonly polished: number; readonly products: number },
): SteadyStateSolution {
  const advice = advise(state, residual, elapsed, request);
  return { outcome: { state, advice }, statistics: { ...counts, ...ofNewton }, y, residual, elapsed };
}

function advise(state: SteadyState, residual: number, elapsed: number, { maxSteps }: SteadyStateRequest): string {
  const left = `f was ${residual.toPrecision(3)} times the tolerance after t = ${elapsed.toPrecision(3)}`;
  switch (state) {
    case 'steady':
      return 'f is within the tolerance of 0.';
    case 'max_steps':
      return (
        `Stopped after ${maxSteps} attempted steps, when ${left}: raise max_steps, loosen rtol and atol, or make ` +
        'the field contract; a flow that runs in circles has no steady state to find.'
      );
    case 'dt_underflow':
      return `The step is too small to move on, when ${left}: the tolerance is below what the dtype can resolve.`;
    case 'non_finite':
      return `The field or the state is not finite, when ${left}: the flow grows instead of coming to rest.`;
  }
}

/** The field as it is at one time. */
function atTime(field: VectorField, time: number): VectorField {
  return {
    createActivations: (rows) => field.createActivations(rows),
    evaluate: (_, ...rest) => field.evaluate(time, ...rest),
    pullback: (_, ...rest) => field.pullback(time, ...rest),
    pullbackInput: (_, ...rest) => field.pullbackInput(time, ...rest),
    pushforward: (_, ...rest) => field.pushforward(time, ...rest),
  };
}

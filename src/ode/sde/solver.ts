/**
 * Integration of Itô equations du = f dt + g dW with diagonal noise: from an initial state and a Brownian path to an
 * outcome, statistics, output states and the accepted grid.
 *
 * A solver owns the tensors of one shape and serves one solve after another without allocating; the loop is in
 * `integration.ts`, the methods in `sri-tableau.ts`, which also says for which diffusions they have their order.
 * Limits: forward in time; all rows share one step size; no events, no dense output.
 */
import { TensorPool } from '../tensor-pool.js';
import { SdeIntegration } from './integration.js';
import type { SdeSolution } from './solution.js';
import { checkSdeRequest, type SdeSolveRequest } from './solve-request.js';
import { SdeStepper, type SdeStepperOptions } from './step.js';

export class SdeSolver {
  readonly #options: SdeStepperOptions;
  readonly #stepper: SdeStepper;
  readonly #pool: TensorPool;
  #busy = false;

  constructor(options: SdeStepperOptions) {
    this.#options = options;
    this.#stepper = new SdeStepper(options, false);
    this.#pool = new TensorPool(options.engine, options.rows, options.columns);
  }

  /**
   * Integrates from t0 to t1 along the path.
   * @returns tensors that stay valid until the next `solve` or `dispose` of this solver
   * @throws UserError if the request means nothing; Error if a solve of this solver is still going on
   */
  async solve(request: SdeSolveRequest): Promise<SdeSolution> {
    checkSdeRequest(request, this.#options.method, this.#options);
    if (this.#busy) throw new Error('This solver is still solving: its tensors would be overwritten.');
    this.#busy = true;
    try {
      this.#pool.reset();
      return await new SdeIntegration(this.#options, this.#stepper, this.#pool, request).run();
    } finally {
      this.#busy = false;
    }
  }

  dispose(): void {
    this.#stepper.dispose();
    this.#pool.dispose();
  }
}

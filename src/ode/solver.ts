/**
 * Explicit Runge–Kutta integration: from an initial state to an outcome, statistics, output states and the
 * accepted grid.
 *
 * A solver owns the tensors of one shape and serves one solve after another without allocating; the loop itself is
 * in `integration.ts`. Time may run backwards (t1 < t0). Limit: all rows share one step size (`per-sample.ts`
 * steps each row by itself).
 */
import { Integration } from './integration.js';
import type { Solution } from './solution.js';
import { checkRequest, type SolveRequest } from './solve-request.js';
import { Stepper, type StepperOptions } from './step.js';
import { TensorPool } from './tensor-pool.js';

export class Solver {
  readonly #options: StepperOptions;
  readonly #stepper: Stepper;
  readonly #pool: TensorPool;
  #busy = false;

  constructor(options: StepperOptions) {
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
    checkRequest(request, this.#options.tableau, this.#options);
    if (this.#busy) throw new Error('This solver is still solving: its tensors would be overwritten.');
    this.#busy = true;
    try {
      this.#pool.reset();
      return await new Integration(this.#options, this.#stepper, this.#pool, request).run();
    } finally {
      this.#busy = false;
    }
  }

  dispose(): void {
    this.#stepper.dispose();
    this.#pool.dispose();
  }
}

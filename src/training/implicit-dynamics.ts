/** Implicit methods with constant steps. They estimate neither errors nor stiffness. */
import { ImplicitAdjoint } from '../adjoint/implicit.js';
import type { ImplicitSolution } from '../ode/implicit/request.js';
import { ImplicitSolver } from '../ode/implicit/solver.js';
import type {
  Dynamics,
  DynamicsCotangents,
  DynamicsOptions,
  DynamicsRequest,
  DynamicsSolution,
  Reversal,
} from './dynamics.js';
import type { ImplicitSettings } from './method-settings.js';
import type { UnrollDepth } from './unroll-depth.js';

export class ImplicitDynamics implements Dynamics {
  readonly #settings: ImplicitSettings;
  readonly #depth: UnrollDepth;
  readonly #solver: ImplicitSolver;
  /** Null: for predictions. */
  readonly #adjoint: ImplicitAdjoint | null;
  #latest: ImplicitSolution | null = null;

  constructor(settings: ImplicitSettings, { purpose, ...shape }: DynamicsOptions, depth: UnrollDepth) {
    const options = { ...shape, method: settings.method };
    this.#settings = settings;
    this.#depth = depth;
    this.#solver = new ImplicitSolver(options);
    this.#adjoint = purpose === 'training' ? new ImplicitAdjoint(options) : null;
  }

  async solve(request: DynamicsRequest): Promise<DynamicsSolution> {
    const { dt, maxSteps } = this.#settings;
    const solution = await this.#solver.solve({
      ...request,
      dt,
      maxSteps,
      nonlinear: this.#depth.apply(this.#settings.nonlinear),
      keepStates: this.#adjoint !== null,
    });
    this.#latest = solution;
    const { outcome, statistics, y1, outputs, grid } = solution;
    const { unrollingError } = statistics;
    return { outcome, statistics, y1, outputs, grids: [grid], states: null, unrollingError };
  }

  async pullback({ outcome, grids }: DynamicsSolution, cotangents: DynamicsCotangents): Promise<Reversal> {
    const latest = this.#latest;
    if (this.#adjoint === null || latest === null) throw new Error('Nothing was solved for training.');
    const { grid, states } = latest;
    if (states === null) throw new Error('The solve did not keep its states.');
    if (cotangents.errorBars !== null || cotangents.stiffnessBars !== null) {
      throw new Error('Implicit methods have no estimates to pull back.');
    }
    const { evaluations, pullbacks, linearIterations } = await this.#adjoint.pullback({
      ...cotangents,
      errorBars: null,
      stiffnessBars: null,
      grid: { ...grid, ...grids[0] },
      states,
    });
    // Products with the transposed Jacobian cost what pullbacks do.
    return { outcome, evaluations, pullbacks: pullbacks + linearIterations };
  }

  dispose(): void {
    this.#solver.dispose();
    this.#adjoint?.dispose();
  }
}

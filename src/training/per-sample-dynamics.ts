/** Explicit methods with a grid for each row, pulled back row by row; figures are means over rows. */
import { PerSampleAdjoint } from '../adjoint/per-sample.js';
import { PerSampleSolver, type PerSampleSolution } from '../ode/per-sample.js';
import type {
  Dynamics,
  DynamicsCotangents,
  DynamicsOptions,
  DynamicsRequest,
  DynamicsSolution,
  Reversal,
} from './dynamics.js';
import type { ExplicitSettings } from './method-settings.js';

export class PerSampleDynamics implements Dynamics {
  readonly #settings: ExplicitSettings;
  readonly #solver: PerSampleSolver;
  /** Null: for predictions. */
  readonly #adjoint: PerSampleAdjoint | null;
  #latest: PerSampleSolution | null = null;

  constructor(settings: ExplicitSettings, { purpose, ...shape }: DynamicsOptions) {
    const options = { ...shape, tableau: settings.tableau };
    this.#settings = settings;
    this.#solver = new PerSampleSolver(options);
    this.#adjoint = purpose === 'training' ? new PerSampleAdjoint(options) : null;
  }

  async solve(request: DynamicsRequest): Promise<DynamicsSolution> {
    const { controller, maxSteps, atol, rtol, stiffnessNorm } = this.#settings;
    const training = this.#adjoint !== null;
    const solution = await this.#solver.solve({
      ...request,
      controller,
      maxSteps,
      atol,
      rtol,
      keepStates: training,
      stiffness: training ? stiffnessNorm : null,
    });
    this.#latest = solution;
    const { outcome, statistics, y1, outputs, rows } = solution;
    const grids = rows.map(({ grid }) => grid);
    return { outcome, statistics, y1, outputs, grids, states: null, unrollingError: null };
  }

  pullback({ outcome, grids }: DynamicsSolution, cotangents: DynamicsCotangents): Reversal {
    const { atol, rtol } = this.#settings;
    if (this.#adjoint === null || this.#latest === null) throw new Error('Nothing was solved for training.');
    const rows = this.#latest.rows.map((solution, row) => ({ ...solution, grid: grids[row] }));
    return { ...this.#adjoint.pullback(rows, { ...cotangents, atol, rtol }), outcome };
  }

  dispose(): void {
    this.#solver.dispose();
    this.#adjoint?.dispose();
  }
}

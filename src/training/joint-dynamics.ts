/** Explicit methods with one grid that all rows share, and any adjoint. */
import { createAdjoint } from '../adjoint/create-adjoint.js';
import type { Adjoint } from '../adjoint/adjoint.js';
import type { Solution } from '../ode/solution.js';
import { Solver } from '../ode/solver.js';
import type {
  Dynamics,
  DynamicsCotangents,
  DynamicsOptions,
  DynamicsRequest,
  DynamicsSolution,
  Reversal,
} from './dynamics.js';
import type { ExplicitSettings } from './method-settings.js';

export class JointDynamics implements Dynamics {
  readonly #settings: ExplicitSettings;
  readonly #solver: Solver;
  /** Null: for predictions. */
  readonly #adjoint: Adjoint | null;
  #latest: Solution | null = null;

  constructor(settings: ExplicitSettings, { purpose, ...shape }: DynamicsOptions) {
    const options = { ...shape, tableau: settings.tableau };
    this.#settings = settings;
    this.#solver = new Solver(options);
    this.#adjoint = purpose === 'training' ? createAdjoint(settings.adjoint, options) : null;
  }

  async solve(request: DynamicsRequest): Promise<DynamicsSolution> {
    const { controller, maxSteps, atol, rtol, stiffnessNorm, keepStates } = this.#settings;
    const keep = this.#adjoint?.keep ?? { keepStates: false, keeper: null };
    const training = this.#adjoint !== null;
    const solution = await this.#solver.solve({
      ...request,
      controller,
      maxSteps,
      atol,
      rtol,
      keepStates: keep.keepStates || (training && keepStates),
      keeper: keep.keeper,
      stiffness: training ? stiffnessNorm : null,
    });
    this.#latest = solution;
    const { outcome, statistics, y1, outputs, grid, states } = solution;
    return { outcome, statistics, y1, outputs, grids: [grid], states, unrollingError: null };
  }

  async pullback(
    { grids, outputs }: DynamicsSolution,
    { errorBars, stiffnessBars, ...bars }: DynamicsCotangents,
  ): Promise<Reversal> {
    const { atol, rtol, adjoint } = this.#settings;
    if (this.#adjoint === null || this.#latest === null) throw new Error('Nothing was solved for training.');
    const reversal = await this.#adjoint.pullback(
      { ...this.#latest, grid: grids[0], outputs },
      { ...bars, atol, rtol, errorBars: errorBars?.[0] ?? null, stiffnessBars: stiffnessBars?.[0] ?? null },
    );
    const { outcome } = reversal;
    if (outcome.state === 'success') return reversal;
    const advice = `The ${adjoint.mode} adjoint could not get back to t0. ${outcome.advice}`;
    return { ...reversal, outcome: { ...outcome, advice } };
  }

  dispose(): void {
    this.#solver.dispose();
    this.#adjoint?.dispose();
  }
}

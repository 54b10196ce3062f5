/**
 * How a batch is carried from t0 to t1 and its cotangents back, whatever the method: what a training iteration knows
 * of solvers and adjoints.
 *
 * Invariant: one solve at a time, and at most one pullback of the latest; tensors of a solution are valid until the
 * next solve.
 */
import type { Awaitable, Engine, Tensor } from '../engines/engine.js';
import type { AdjointStatistics, Cotangents } from '../adjoint/adjoint.js';
import type { Grid } from '../ode/grid.js';
import type { SolveOutcome, SolveStatistics } from '../ode/outcome.js';
import type { Draws } from '../ode/tableaux/solver-regime.js';
import type { VectorField } from '../ode/vector-field.js';

export interface DynamicsOptions {
  readonly engine: Engine;
  readonly field: VectorField;
  readonly rows: number;
  readonly columns: number;
  /** A prediction keeps nothing for a pullback and makes no estimates. */
  readonly purpose: 'training' | 'prediction';
}

export interface DynamicsRequest {
  /** rows × columns; not changed. */
  readonly y0: Tensor;
  readonly t0: number;
  readonly t1: number;
  readonly saveat: readonly number[];
}

export interface DynamicsSolution {
  readonly outcome: SolveOutcome;
  readonly statistics: SolveStatistics;
  readonly y1: Tensor;
  /** At the output times, in order; complete on success. */
  readonly outputs: readonly Tensor[];
  /** Accepted steps: one grid that all rows share, or one for each row. */
  readonly grids: readonly Grid[];
  /** States at the starts of shared steps and at the end; null where none are kept for a look. */
  readonly states: readonly Tensor[] | null;
  /** What the fixed-point iteration left open (`ImplicitStatistics`); null of every other method. */
  readonly unrollingError: number | null;
}

export interface DynamicsCotangents extends Pick<Cotangents, 'outputBars' | 'y1Bar' | 'y0Bar'> {
  /** For each grid ∂loss/∂E_j and ∂loss/∂S_j of its steps; null for none. */
  readonly errorBars: readonly Float64Array[] | null;
  readonly stiffnessBars: readonly Float64Array[] | null;
}

export interface Reversal extends AdjointStatistics {
  /** Success unless an adjoint that integrates backwards could not: then the gradient is of no use. */
  readonly outcome: SolveOutcome;
}

/** Bound to one field and batch size. */
export interface Dynamics {
  /** @param draws chooses the method, where a family of them is trained with */
  solve(request: DynamicsRequest, draws: Draws): Promise<DynamicsSolution>;
  /**
   * Adds to the gradient of the parameters.
   * @param solution the latest, which succeeded; outputs may be left out of it and of its grids alike
   */
  pullback(solution: DynamicsSolution, cotangents: DynamicsCotangents): Awaitable<Reversal>;
  dispose(): void;
}

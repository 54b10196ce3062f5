/**
 * What a solve with implicit steps is asked for and gives back.
 */
import { UserError } from '../../errors.js';
import type { Tensor } from '../../engines/engine.js';
import type { Grid } from '../grid.js';
import type { SolveStatistics } from '../outcome.js';
import { checkOutputTimes } from '../solve-request.js';
import type { Solution } from '../solution.js';
import type { Interpolation } from './dense-output.js';
import { checkNonlinear, type NonlinearSettings } from './nonlinear.js';

export interface ImplicitRequest {
  /** rows × columns; not changed. */
  readonly y0: Tensor;
  readonly t0: number;
  /** May lie before t0: time then runs backwards. */
  readonly t1: number;
  /** Step size, positive whatever the direction; the last step is shortened to land on t1. */
  readonly dt: number;
  readonly nonlinear: NonlinearSettings;
  readonly maxSteps: number;
  /** Output times from t0 towards t1, in order, repeats allowed; empty: only the end state. */
  readonly saveat: readonly number[];
  /** Default hermite. */
  readonly interpolation?: Interpolation;
  /** Keep the states at step starts (needed by the adjoint). */
  readonly keepStates: boolean;
}

/** The grid with what else the adjoint must take as it was: above all the depth, which training may raise. */
export interface ImplicitGrid extends Grid {
  readonly nonlinear: NonlinearSettings;
  readonly interpolation: Interpolation;
}

/** nfe counts the calls of f of all stages and of dense output; Jacobian products are counted apart. */
export interface ImplicitStatistics extends SolveStatistics {
  /** Over all steps; each serves the whole batch. */
  readonly newtonIterations: number;
  /** Jacobian–vector products of the linear solves. */
  readonly linearIterations: number;
  /** Mean over the steps of the mean square of g^L − g^(L−1); null of Newton's method. */
  readonly unrollingError: number | null;
}

export interface ImplicitSolution extends Solution {
  readonly statistics: ImplicitStatistics;
  readonly grid: ImplicitGrid;
}

/** @throws UserError saying what was expected and what came */
export function checkImplicitRequest(request: ImplicitRequest, rows: number, columns: number): void {
  const { y0, t0, t1, dt, maxSteps, interpolation } = request;
  if (y0.rows !== rows || y0.columns !== columns) {
    refuse(`y0 must have the solver's shape ${rows} × ${columns}, not ${y0.rows} × ${y0.columns}.`);
  }
  if (!Number.isFinite(t0) || !Number.isFinite(t1)) refuse(`t0 and t1 must be finite, not ${t0} and ${t1}.`);
  if (!Number.isFinite(t1 - t0)) refuse(`The interval from ${t0} to ${t1} is longer than the largest number.`);
  if (!(dt > 0) || !Number.isFinite(dt)) refuse(`dt must be positive and finite, not ${dt}.`);
  if (!(maxSteps >= 1)) refuse(`maxSteps must be at least 1, not ${maxSteps}.`);
  if (interpolation !== undefined && !['hermite', 'linear'].includes(interpolation)) {
    refuse(`The interpolation must be hermite or linear, not ${interpolation as string}.`);
  }
  checkNonlinear(request.nonlinear);
  checkOutputTimes(request);
}

function refuse(message: string): never {
  throw new UserError('usage', message);
}

/**
 * How a step's equation g = y + c h f(g) is solved, and what one solve of it tells.
 *
 * `newton` solves it to a tolerance; its gradient comes from the implicit function theorem. `fixed_point` is
 * no solver but a method of its own: exactly L iterations, reversed one by one (arXiv 2303.17824).
 */
import { UserError } from '../../errors.js';
import type { Dtype } from '../../engines/engine.js';
import type { DepthRule } from './raise-depth.js';

export interface NewtonSettings {
  readonly kind: 'newton';
  /**
   * Size of the remaining error of g, row by row: RMS of its entries over 1 + |g|. Default 1e-10 in f64, 1e-5 in
   * f32. What rounding cannot resolve counts as reached.
   */
  readonly tolerance?: number;
  /** Default 20. */
  readonly maxIterations?: number;
}

export interface FixedPointSettings {
  readonly kind: 'fixed_point';
  /** L, how many times f is called in each step. */
  readonly depth: number;
  /** Read by whoever trains, between iterations (`raiseDepth`); no solve changes its depth. */
  readonly raise?: DepthRule;
}

export type NonlinearSettings = NewtonSettings | FixedPointSettings;

/** What became of one step's equation, and its cost. */
export interface StageResult {
  readonly state: 'solved' | 'newton_failed' | 'fixed_point_diverged' | 'non_finite';
  /** Calls of f. */
  readonly evaluations: number;
  readonly newtonIterations: number;
  /** Jacobian–vector products. */
  readonly products: number;
  /** Mean square of g^L − g^(L−1) of the fixed-point iteration; 0 of Newton's. */
  readonly unrollingError: number;
}

export function newtonDefaults(dtype: Dtype): Required<Omit<NewtonSettings, 'kind'>> {
  return { tolerance: dtype === 'f64' ? 1e-10 : 1e-5, maxIterations: 20 };
}

/** @throws UserError saying what was expected and what came */
export function checkNonlinear(settings: NonlinearSettings): void {
  switch (settings.kind) {
    case 'newton': {
      const { tolerance, maxIterations } = settings;
      if (tolerance !== undefined && !(tolerance > 0 && tolerance < 1)) {
        refuse(`The tolerance of Newton's iteration must lie between 0 and 1, not be ${tolerance}.`);
      }
      requireCount("maxIterations of Newton's iteration", maxIterations ?? 1);
      return;
    }
    case 'fixed_point': {
      const { depth, raise } = settings;
      requireCount('The depth of the fixed-point iteration', depth);
      if (raise === undefined) return;
      requireCount('raise.by', raise.by ?? 1);
      requireCount('raise.limit', raise.limit);
      if (raise.limit < depth) refuse(`raise.limit = ${raise.limit} is less than the depth to start with, ${depth}.`);
      return;
    }
    default:
      settings satisfies never;
      refuse('The nonlinear solver must be of kind newton or fixed_point.');
  }
}

function requireCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) refuse(`${name} must be a whole number from 1, not ${value}.`);
}

function refuse(message: string): never {
  throw new UserError('usage', message);
}

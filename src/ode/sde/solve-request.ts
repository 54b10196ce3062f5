/**
 * What a stochastic solve is asked for, and the checks that keep a mistake from becoming a wrong result.
 */
import { UserError } from '../../errors.js';
import { checkRequest, isConstant, type ConstantSteps, type SolveRequest } from '../solve-request.js';
import type { BrownianPath } from './brownian-path.js';
import { estimatesStiffness, type SriTableau } from './sri-tableau.js';
import type { SdeStepKeeper } from './step-keeper.js';

/**
 * How states at output times come about. `step`: steps end there, which is exact. `linear`: by linear interpolation
 * between steps, as the published experiments do; this leaves the steps alone, but the variance of a state between two
 * steps is too small by up to g²h/4. No smoother interpolation would do better: the path has no derivative.
 */
export type SdeOutputRule = (typeof sdeOutputRules)[number];

export const sdeOutputRules = ['step', 'linear'] as const;

export interface SdeSolveRequest extends Omit<SolveRequest, 'controller' | 'events' | 'keeper'> {
  /** The Brownian motion, over [t0, t1] or more. */
  readonly path: BrownianPath;
  /** `pi`: adaptive steps. Constant: the multiples of dt from t0 on, and output times and t1 between them. */
  readonly controller: 'pi' | ConstantSteps;
  readonly outputRule: SdeOutputRule;
  /** Says where steps go, to have them for the way back; absent: nobody. */
  readonly keeper?: SdeStepKeeper | null;
}

/** @throws UserError saying what was expected and what came */
export function checkSdeRequest(
  request: SdeSolveRequest,
  method: SriTableau,
  shape: { readonly rows: number; readonly columns: number },
): void {
  const { t0, t1, path, stiffness, y0, controller, outputRule } = request;
  const { name, alpha, estimate } = method;
  checkRequest(request, { name, b: alpha, errorWeights: estimate && [] }, shape);
  if (controller !== 'pi' && !isConstant(controller)) {
    refuse(
      `A stochastic solve has no controller ${JSON.stringify(controller)}.`,
      "Use pi, or { kind: 'constant', dt }.",
    );
  }
  if (!sdeOutputRules.includes(outputRule)) {
    refuse(`outputRule must be ${sdeOutputRules.join(' or ')}, not ${JSON.stringify(outputRule)}.`);
  }
  if (t1 < t0) refuse(`A stochastic solve runs forwards: t1 = ${t1} must not lie before t0 = ${t0}.`);
  if (t0 < path.t0 || t1 > path.t1) {
    refuse(`The Brownian path covers [${path.t0}, ${path.t1}], not [${t0}, ${t1}].`);
  }
  const entries = y0.rows * y0.columns;
  if (path.entries !== entries) {
    refuse(`The Brownian path has ${path.entries} entries, but the state ${y0.rows} × ${y0.columns} needs ${entries}.`);
  }
  if (stiffness !== null && !estimatesStiffness(method)) {
    refuse(`${name} estimates no stiffness.`, 'Use sosri2, whose last two drift stages stand at the same time.');
  }
}

function refuse(message: string, hint?: string): never {
  throw new UserError('usage', message, hint === undefined ? {} : { hint });
}

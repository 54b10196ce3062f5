/**
 * What a solve is asked for, and the checks that keep a mistake from becoming a wrong result.
 */
import { UserError } from '../errors.js';
import type { Tensor, Tolerances } from '../engines/engine.js';
import type { ControllerName } from './controllers/index.js';

export interface SolveRequest extends Tolerances {
  /** rows × columns; not changed. */
  readonly y0: Tensor;
  readonly t0: number;
  /** May lie before t0: time then runs backwards. */
  readonly t1: number;
  readonly controller: ControllerName;
  /** Most attempted steps, accepted or not. */
  readonly maxSteps: number;
  /** Output times from t0 towards t1, in order, repeats allowed; empty: only the end state. */
  readonly saveat: readonly number[];
  /** Keep the states at step starts (needed by the adjoint). */
  readonly keepStates: boolean;
  /** Estimate stiffness at each accepted step. */
  readonly stiffness: boolean;
}

/** A remainder of up to this many ulp of the interval's ends counts as nothing (numerics, section 1). */
const LANDING_ULPS = 100;

/** Differences of time up to this size count as nothing. */
export function landingWidth({ t0, t1 }: Pick<SolveRequest, 't0' | 't1'>): number {
  return LANDING_ULPS * Number.EPSILON * Math.max(Math.abs(t0), Math.abs(t1));
}

/** @throws UserError saying what was expected and what came */
export function checkRequest(request: SolveRequest): void {
  const { t0, t1, rtol, atol, maxSteps, saveat } = request;
  if (!Number.isFinite(t0) || !Number.isFinite(t1)) refuse(`t0 and t1 must be finite, not ${t0} and ${t1}.`);
  const negative = !(rtol >= 0) || !(atol >= 0);
  if (negative || !Number.isFinite(rtol + atol) || rtol + atol === 0) {
    refuse(`rtol and atol must be finite, not negative, and not both 0; they are ${rtol} and ${atol}.`);
  }
  if (!(maxSteps >= 1)) refuse(`maxSteps must be at least 1, not ${maxSteps}.`);
  const direction = t1 < t0 ? -1 : 1;
  const slack = landingWidth(request);
  let previous = t0;
  for (const [index, time] of saveat.entries()) {
    const inside = direction * (time - t0) >= -slack && direction * (time - t1) <= slack;
    if (!inside) refuse(`saveat[${index}] must lie between t0 = ${t0} and t1 = ${t1}, not at ${time}.`);
    if (direction * (time - previous) < -slack) {
      refuse(`saveat must run from t0 towards t1, but saveat[${index}] = ${time} comes after ${previous}.`);
    }
    previous = time;
  }
}

function refuse(message: string): never {
  throw new UserError('usage', message);
}

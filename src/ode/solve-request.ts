/**
 * What a solve is asked for, and the checks that keep a mistake from becoming a wrong result.
 */
import { UserError } from '../errors.js';
import type { Tensor, Tolerances } from '../engines/engine.js';
import { controllerNames, type ControllerSettings } from './controllers/index.js';
import type { SolveEvent } from './events.js';
import type { StepKeeper } from './step-keeper.js';
import { stiffnessNorms, type StiffnessNorm } from './stiffness.js';
import type { Tableau } from './tableau.js';

/** Steps of one size; the last is shortened to land on t1. */
export interface ConstantSteps {
  readonly kind: 'constant';
  /** Step size, positive whatever the direction of time. */
  readonly dt: number;
}

export interface SolveRequest extends Tolerances {
  /** rows × columns; not changed. */
  readonly y0: Tensor;
  readonly t0: number;
  /** May lie before t0: time then runs backwards. */
  readonly t1: number;
  readonly controller: ControllerSettings | ConstantSteps;
  /** First step size of adaptive stepping; absent: automatic, for one more evaluation of f. */
  readonly firstStep?: number;
  /** Limits of adaptive step sizes; absent: none. The last step may be smaller than dtMin. */
  readonly dtMin?: number;
  readonly dtMax?: number;
  /** Most attempted steps, accepted or not. */
  readonly maxSteps: number;
  /** Output times from t0 towards t1, in order, repeats allowed; empty: only the end state. */
  readonly saveat: readonly number[];
  /** Keep the states at step starts (needed by the adjoint). */
  readonly keepStates: boolean;
  /** Told of each accepted step, to keep what it likes; absent: nobody. */
  readonly keeper?: StepKeeper | null;
  /** Keep every attempt, rejected ones too, for a look inside the solver. */
  readonly keepAttempts?: boolean;
  /** Estimate stiffness at each accepted step, in this norm; null: do not. */
  readonly stiffness: StiffnessNorm | null;
  readonly events?: readonly SolveEvent[];
}

/** A remainder of up to this many ulp of the interval's ends counts as nothing (numerics, section 1). */
const LANDING_ULPS = 100;

/** Never more than this share of the interval, which may itself be a few ulp long. */
const LARGEST_LANDING = 0.01;

/** Differences of time up to this size count as nothing. */
export function landingWidth({ t0, t1 }: Pick<SolveRequest, 't0' | 't1'>): number {
  const rounding = LANDING_ULPS * Number.EPSILON * Math.max(Math.abs(t0), Math.abs(t1));
  return Math.min(rounding, LARGEST_LANDING * Math.abs(t1 - t0));
}

/** A step is stretched onto the place where it should land by at most this share of itself. */
const LANDING_SHARE = 0.01;

/**
 * Whether a step of this size lands: takes the place it should end at for its end.
 * @param beyond how far it gets beyond that place, in the direction of time @param landing as `landingWidth` says
 */
export function reaches(beyond: number, size: number, landing: number): boolean {
  return beyond >= -Math.min(landing, LANDING_SHARE * size);
}

export function isConstant(controller: SolveRequest['controller']): controller is ConstantSteps {
  return typeof controller === 'object' && controller.kind === 'constant';
}

/** @param shape of the solver's states @throws UserError saying what was expected and what came */
export function checkRequest(
  request: Omit<SolveRequest, 'keeper'>,
  { name, errorWeights, b }: Pick<Tableau, 'name' | 'errorWeights' | 'b'>,
  shape: Shape,
): void {
  const { y0, t0, t1, rtol, atol, maxSteps, controller, stiffness } = request;
  checkShape(y0, shape);
  if (!Number.isFinite(t0) || !Number.isFinite(t1)) refuse(`t0 and t1 must be finite, not ${t0} and ${t1}.`);
  if (!Number.isFinite(t1 - t0)) refuse(`The interval from ${t0} to ${t1} is longer than the largest number.`);
  checkTolerances({ rtol, atol });
  if (!(maxSteps >= 1)) refuse(`maxSteps must be at least 1, not ${maxSteps}.`);
  checkController(controller);
  if (isConstant(controller)) requirePositive('dt', controller.dt);
  else if (errorWeights === null) {
    refuse(`${name} has no error estimate: it cannot adapt its steps.`, 'Use controller constant with a step size dt.');
  }
  if (stiffness !== null && !stiffnessNorms.includes(stiffness)) {
    refuse(`stiffness must be ${stiffnessNorms.join(' or ')}, or null, not ${JSON.stringify(stiffness)}.`);
  }
  if (stiffness !== null && b.length < 2) refuse(`${name} has one stage: nothing tells its stiffness.`);
  checkStepLimits(request);
  checkOutputTimes(request);
}

type Shape = Pick<Tensor, 'rows' | 'columns'>;

export function checkShape(y0: Shape, { rows, columns }: Shape): void {
  if (y0.rows === rows && y0.columns === columns) return;
  refuse(`y0 must have the solver's shape ${rows} × ${columns}, not ${y0.rows} × ${y0.columns}.`);
}

export function checkTolerances({ rtol, atol }: Tolerances): void {
  const negative = !(rtol >= 0) || !(atol >= 0);
  if (negative || !Number.isFinite(rtol + atol) || rtol + atol === 0) {
    refuse(`rtol and atol must be finite, not negative, and not both 0; they are ${rtol} and ${atol}.`);
  }
}

/** Names that TypeScript did not check, as from a configuration file. */
export function checkController(controller: SolveRequest['controller']): void {
  const known = typeof controller === 'string' ? controllerNames.includes(controller) : hasKnownKind(controller);
  if (known) return;
  refuse(
    `There is no controller ${JSON.stringify(controller)}.`,
    `Use ${controllerNames.join(', ')}, or { kind: 'constant', dt }, or { kind: 'pid', p, i, d }.`,
  );
}

function hasKnownKind({ kind }: { readonly kind: string }): boolean {
  return kind === 'constant' || kind === 'pid';
}

function checkStepLimits({ controller, firstStep, dtMin, dtMax }: Omit<SolveRequest, 'keeper'>): void {
  const limits = { firstStep, dtMin, dtMax };
  for (const [limit, value] of Object.entries(limits)) {
    if (value === undefined) continue;
    requirePositive(limit, value);
    if (isConstant(controller)) refuse(`${limit} means nothing for constant steps: their size is dt.`);
  }
  if ((dtMin ?? 0) > (dtMax ?? Infinity)) refuse(`dtMin = ${dtMin ?? 0} is larger than dtMax = ${dtMax ?? Infinity}.`);
}

export function checkOutputTimes(request: Pick<SolveRequest, 't0' | 't1' | 'saveat'>): void {
  const { t0, t1, saveat } = request;
  const direction = t1 < t0 ? -1 : 1;
  const slack = landingWidth(request);
  let previous = t0;
  for (let index = 0; index < saveat.length; index += 1) {
    const time = saveat[index];
    const inside = direction * (time - t0) >= -slack && direction * (time - t1) <= slack;
    if (!inside) refuse(`saveat[${index}] must lie between t0 = ${t0} and t1 = ${t1}, not at ${time}.`);
    if (direction * (time - previous) < -slack) {
      refuse(`saveat must run from t0 towards t1, but saveat[${index}] = ${time} comes after ${previous}.`);
    }
    previous = time;
  }
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0) || !Number.isFinite(value)) refuse(`${name} must be positive and finite, not ${value}.`);
}

function refuse(message: string, hint?: string): never {
  throw new UserError('usage', message, hint === undefined ? {} : { hint });
}

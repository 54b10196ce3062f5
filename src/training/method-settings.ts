/**
 * What solves a batch and what differentiates the solve, from a trial's parameters: explicit methods, families of
 * them, implicit methods, each with the adjoints and step controls that serve it.
 *
 * Combinations that mean nothing are refused here, before anything is solved, saying what to change.
 */
import { UserError } from '../errors.js';
import type { Tolerances } from '../engines/engine.js';
import type { AdjointSettings } from '../adjoint/create-adjoint.js';
import type { ControllerSettings } from '../ode/controllers/index.js';
import { implicitMethods, type ImplicitMethod, type ImplicitMethodName } from '../ode/implicit/method.js';
import type { NonlinearSettings } from '../ode/implicit/nonlinear.js';
import { isConstant, type SolveRequest } from '../ode/solve-request.js';
import type { StiffnessNorm } from '../ode/stiffness.js';
import type { Tableau } from '../ode/tableau.js';
import { tableaux } from '../ode/tableaux/index.js';
import { tableauOf, type FamilyMember, type SolverRegime } from '../ode/tableaux/solver-regime.js';
import { solverFamilies, type FamilySolverName, type TrainingParameters } from '../tasks/parameters.js';
import { stepSettings } from './regularizer-settings.js';

export type MethodSettings = ExplicitSettings | ImplicitSettings;

export interface ExplicitSettings extends Tolerances {
  readonly kind: 'explicit';
  /** Of predictions, and of training without a regime. */
  readonly tableau: Tableau;
  /** Which member of a family each training batch is solved with; null: `tableau`. */
  readonly regime: SolverRegime | null;
  readonly controller: SolveRequest['controller'];
  readonly maxSteps: number;
  readonly stepping: TrainingParameters['stepping'];
  /** Per-sample stepping takes that of `checkpoint` whatever this says. */
  readonly adjoint: AdjointSettings;
  /** Whether training looks at the states of all accepted steps, whatever the adjoint keeps. */
  readonly keepStates: boolean;
  /** How training measures stiffness; null: the method has one stage, nothing tells it. */
  readonly stiffnessNorm: StiffnessNorm | null;
}

export interface ImplicitSettings {
  readonly kind: 'implicit';
  readonly method: ImplicitMethod;
  readonly dt: number;
  readonly nonlinear: NonlinearSettings;
  readonly maxSteps: number;
}

/** @throws UserError if the parameters do not fit together */
export function methodSettings(parameters: TrainingParameters): MethodSettings {
  const { solver } = parameters;
  if (isImplicit(solver)) return implicitSettings(solver, parameters);
  const { tableau, regime } = isFamily(solver)
    ? familyOf(solver, parameters)
    : { tableau: tableaux[solver], regime: null };
  requireEstimates(parameters, tableau);
  const controller = controllerSettings(parameters, tableau);
  const adjoint = adjointSettings(parameters, controller);
  if (parameters.stepping === 'per_sample') requirePerSample(parameters);
  return {
    kind: 'explicit',
    tableau,
    regime,
    controller,
    rtol: parameters.rtol,
    atol: parameters.atol === 'rtol' ? parameters.rtol : parameters.atol,
    maxSteps: parameters.max_steps,
    stepping: parameters.stepping,
    adjoint,
    keepStates: startsFromSteps(parameters),
    stiffnessNorm: tableau.b.length < 2 ? null : stepSettings(parameters).stiffness.norm,
  };
}

type SolverChoice = TrainingParameters['solver'];

function isImplicit(solver: SolverChoice): solver is ImplicitMethodName {
  return solver in implicitMethods;
}

function isFamily(solver: SolverChoice): solver is FamilySolverName {
  return solver in solverFamilies;
}

function implicitSettings(solver: ImplicitMethodName, parameters: TrainingParameters): ImplicitSettings {
  const { controller, stepping, adjoint, dt, max_steps: maxSteps } = parameters;
  requireEstimates(parameters, { name: solver, errorWeights: null, b: [1] });
  if (controller !== 'constant') refuseAdaptive(solver, controller);
  if (stepping !== 'joint') refuse(`The solver ${solver} steps all rows together.`, 'Set stepping to joint.');
  if (adjoint !== 'auto' && adjoint !== 'checkpoint') {
    refuse(`The solver ${solver} has one adjoint, from the states of its steps.`, 'Set adjoint to auto.');
  }
  return { kind: 'implicit', method: implicitMethods[solver], dt, nonlinear: nonlinearSettings(parameters), maxSteps };
}

function nonlinearSettings({ nonlinear, unroll_depth: depth, unroll_limit: limit }: TrainingParameters) {
  if (nonlinear === 'newton') return { kind: 'newton' } as const;
  if (limit < depth) refuse(`unroll_limit = ${limit} is less than unroll_depth = ${depth}.`, 'Raise unroll_limit.');
  return { kind: 'fixed_point', depth, raise: { limit } } as const;
}

function familyOf(solver: FamilySolverName, parameters: TrainingParameters) {
  const { family_regime: kind, family_u: u, family_v: v, family_spread: scale } = parameters;
  const memberAt = (place: { readonly u: number; readonly v: number }): FamilyMember => {
    const family = solverFamilies[solver];
    return family === 'rk3' || family === 'rk4_uv' ? { family, ...place } : { family, u: place.u };
  };
  const member = memberAt({ u, v });
  const tableau = tableauOf(member);
  switch (kind) {
    case 'standalone':
      return { tableau, regime: null };
    case 'switching': {
      const other = memberAt({ u: parameters.family_other_u, v: parameters.family_other_v });
      tableauOf(other);
      return { tableau, regime: { kind, members: [member, other], probabilities: [0.5, 0.5] } } as const;
    }
    case 'smoothing':
      return { tableau, regime: { kind, member, noise: 'normal', scale } } as const;
  }
}

/** @throws UserError if steps should adapt to an estimate that the method does not have */
function controllerSettings(parameters: TrainingParameters, tableau: Tableau): SolveRequest['controller'] {
  const { solver, controller, dt, pid_p: p, pid_i: i, pid_d: d } = parameters;
  if (controller === 'constant') return { kind: 'constant', dt };
  if (tableau.errorWeights === null) refuseAdaptive(solver, controller);
  return controller === 'pid' ? { kind: 'pid', p, i, d } : controller;
}

function refuseAdaptive(solver: string, controller: string): never {
  refuse(
    `The solver ${solver} has no error estimate: controller ${controller} cannot run it.`,
    'Set controller to constant and dt to a step size, or choose another solver.',
  );
}

/** Whether the local regulariser reads the states at accepted steps. */
function startsFromSteps({ local_weight: weight, local_sampling: sampling }: TrainingParameters): boolean {
  return weight > 0 && sampling === 'biased';
}

function adjointSettings(parameters: TrainingParameters, controller: SolveRequest['controller']): AdjointSettings {
  const { adjoint: mode, adjoint_states: states, max_steps: maxSteps } = parameters;
  if (startsFromSteps(parameters) && (mode === 'binomial' || mode === 'backsolve')) {
    refuse(
      `local_sampling biased starts from any accepted step, but adjoint ${mode} does not keep their states.`,
      'Set local_sampling to unbiased, or adjoint to checkpoint or stages.',
    );
  }
  switch (mode) {
    case 'auto':
    case 'checkpoint':
    case 'stages':
      return { mode };
    case 'binomial':
      return { mode, states };
    case 'interpolating':
    case 'backsolve':
      return { mode, controller: adaptiveOf(controller, mode, parameters), maxSteps };
  }
}

/** Of the continuous adjoint, which takes steps of its own. @throws UserError if it cannot */
function adaptiveOf(
  controller: SolveRequest['controller'],
  mode: string,
  parameters: TrainingParameters,
): ControllerSettings {
  for (const weight of ['error_weight', 'stiffness_weight'] as const) {
    if (parameters[weight] === 0) continue;
    refuse(
      `${weight} must be 0 for adjoint ${mode}: it follows the flow, and estimates are of the steps.`,
      `Set ${weight} to 0, or adjoint to checkpoint, stages or binomial.`,
    );
  }
  if (isConstant(controller)) {
    refuse(
      `adjoint ${mode} adapts the steps of its backward solve: controller constant cannot run it.`,
      'Choose another controller, or set adjoint to checkpoint, stages or binomial.',
    );
  }
  return controller;
}

function requirePerSample({ adjoint, local_weight: local }: TrainingParameters): void {
  if (adjoint !== 'auto' && adjoint !== 'checkpoint') {
    refuse(`stepping per_sample does not work with adjoint ${adjoint}.`, 'Set adjoint to auto.');
  }
  if (local > 0) {
    refuse(
      'local_weight must be 0 for stepping per_sample: the local step is one step of the whole batch.',
      'Set local_weight to 0, or stepping to joint.',
    );
  }
}

type EstimateWeights = Pick<TrainingParameters, 'error_weight' | 'stiffness_weight' | 'local_weight'>;

/** @throws UserError if a weight asks for an estimate that the method does not give */
export function requireEstimates(
  parameters: EstimateWeights,
  { name, errorWeights, b }: Pick<Tableau, 'name' | 'errorWeights' | 'b'>,
): void {
  const noError = errorWeights === null && 'has no error estimate';
  const noStiffness = b.length < 2 && 'has one stage: nothing tells its stiffness';
  const lacks = { error_weight: noError, local_weight: noError, stiffness_weight: noStiffness };
  for (const weight of ['error_weight', 'local_weight', 'stiffness_weight'] as const) {
    if (lacks[weight] === false || parameters[weight] === 0) continue;
    refuse(
      `${weight} must be 0 for the solver ${name}, which ${lacks[weight]}.`,
      `Set ${weight} to 0, or choose another solver.`,
    );
  }
}

function refuse(message: string, hint: string): never {
  throw new UserError('usage', message, { hint });
}

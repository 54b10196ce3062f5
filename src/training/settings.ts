/**
 * What a trainer is told, taken from a trial's parameters once, with names and ties resolved.
 */
import { UserError } from '../errors.js';
import type { Tolerances } from '../engines/engine.js';
import type { SolveRequest } from '../ode/solve-request.js';
import type { StiffnessNorm } from '../ode/stiffness.js';
import type { Tableau } from '../ode/tableau.js';
import { tableaux } from '../ode/tableaux/index.js';
import { createRegularizers, type RegularizerSet } from '../regularizers/regularizer-set.js';
import type { TrainingParameters } from '../tasks/parameters.js';
import type { OptimizerSettings } from './optimizer.js';
import { stepSettings } from './regularizer-settings.js';
import type { WeightSchedule } from './weight-schedule.js';

export interface TrainingSettings extends Tolerances {
  readonly tableau: Tableau;
  readonly controller: SolveRequest['controller'];
  readonly maxSteps: number;
  readonly regularizers: RegularizerSet;
  /** How training measures stiffness; null: the method has one stage, nothing tells it. */
  readonly stiffnessNorm: StiffnessNorm | null;
  readonly weights: WeightSchedule;
  readonly optimizer: OptimizerSettings;
  readonly epochs: number;
  readonly batchSize: number;
}

export function trainingSettings(parameters: TrainingParameters): TrainingSettings {
  const tableau = tableaux[parameters.solver];
  const steps = stepSettings(parameters);
  requireEstimates(parameters, tableau);
  return {
    tableau,
    controller: controllerSettings(parameters),
    rtol: parameters.rtol,
    atol: parameters.atol === 'rtol' ? parameters.rtol : parameters.atol,
    maxSteps: parameters.max_steps,
    regularizers: createRegularizers(
      {
        ...steps,
        steerWidth: parameters.steer_width,
        ...(parameters.taylor_weight > 0 ? { taylorOrder: parameters.taylor_order } : {}),
        ...(parameters.local_weight > 0
          ? { localSampling: parameters.local_sampling, localFirstStage: parameters.local_first_stage }
          : {}),
      },
      tableau,
    ),
    stiffnessNorm: tableau.b.length < 2 ? null : steps.stiffness.norm,
    weights: {
      error: parameters.error_weight,
      stiffness: parameters.stiffness_weight,
      taylor: parameters.taylor_weight,
      local: parameters.local_weight,
      finalRatio: parameters.weight_schedule === 'exponential' ? parameters.weight_final_ratio : 1,
      epochs: parameters.epochs,
    },
    optimizer: {
      kind: parameters.optimizer,
      learningRate: parameters.learning_rate,
      decay: parameters.learning_rate_decay,
      momentum: parameters.momentum,
    },
    epochs: parameters.epochs,
    batchSize: parameters.batch_size,
  };
}

/** @throws UserError if steps should adapt to an estimate that the method does not have */
function controllerSettings(parameters: TrainingParameters): SolveRequest['controller'] {
  const { solver, controller, dt, pid_p: p, pid_i: i, pid_d: d } = parameters;
  if (controller === 'constant') return { kind: 'constant', dt };
  if (tableaux[solver].errorWeights === null) {
    throw new UserError(
      'usage',
      `The solver ${solver} has no error estimate: controller ${controller} cannot run it.`,
      {
        hint: 'Set controller to constant and dt to a step size, or choose another solver.',
      },
    );
  }
  return controller === 'pid' ? { kind: 'pid', p, i, d } : controller;
}

type EstimateWeights = Pick<TrainingParameters, 'error_weight' | 'stiffness_weight' | 'local_weight'>;

/** @throws UserError if a weight asks for an estimate that the method does not give */
export function requireEstimates(parameters: EstimateWeights, { name, errorWeights, b }: Tableau): void {
  const noError = errorWeights === null && 'has no error estimate';
  const noStiffness = b.length < 2 && 'has one stage: nothing tells its stiffness';
  const lacks = { error_weight: noError, local_weight: noError, stiffness_weight: noStiffness };
  for (const weight of ['error_weight', 'local_weight', 'stiffness_weight'] as const) {
    if (lacks[weight] === false || parameters[weight] === 0) continue;
    throw new UserError('usage', `${weight} must be 0 for the solver ${name}, which ${lacks[weight]}.`, {
      hint: `Set ${weight} to 0, or choose another solver.`,
    });
  }
}

/**
 * What a trainer is told, taken from a trial's parameters once, with names and ties resolved.
 */
import { createRegularizers, type RegularizerSet } from '../regularizers/regularizer-set.js';
import type { TrainingParameters } from '../tasks/parameters.js';
import { methodSettings, type MethodSettings } from './method-settings.js';
import type { OptimizerSettings } from './optimizer.js';
import { stepSettings } from './regularizer-settings.js';
import type { WeightSchedule } from './weight-schedule.js';

export interface TrainingSettings {
  readonly method: MethodSettings;
  readonly regularizers: RegularizerSet;
  readonly weights: WeightSchedule;
  readonly optimizer: OptimizerSettings;
  readonly epochs: number;
  readonly batchSize: number;
}

/** @throws UserError if the parameters do not fit together */
export function trainingSettings(parameters: TrainingParameters): TrainingSettings {
  const method = methodSettings(parameters);
  return {
    method,
    regularizers: createRegularizers(
      {
        ...stepSettings(parameters),
        steerWidth: parameters.steer_width,
        ...(parameters.taylor_weight > 0 ? { taylorOrder: parameters.taylor_order } : {}),
        ...(parameters.local_weight > 0
          ? { localSampling: parameters.local_sampling, localFirstStage: parameters.local_first_stage }
          : {}),
      },
      // No finite step is too long for the stability of these implicit methods.
      method.kind === 'explicit' ? method.tableau : { stabilitySize: Infinity },
    ),
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

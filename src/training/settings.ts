/**
 * What a trainer is told, taken from a trial's parameters once, with names and ties resolved.
 */
import type { Tolerances } from '../engines/engine.js';
import type { ControllerName } from '../ode/controllers/index.js';
import type { Tableau } from '../ode/tableau.js';
import { tableaux } from '../ode/tableaux/index.js';
import { createRegularizers, type RegularizerPair } from '../regularizers/presets.js';
import type { TrainingParameters } from '../tasks/parameters.js';
import type { OptimizerSettings } from './optimizer.js';
import type { WeightSchedule } from './weight-schedule.js';

export interface TrainingSettings extends Tolerances {
  readonly tableau: Tableau;
  readonly controller: ControllerName;
  readonly maxSteps: number;
  readonly regularizers: RegularizerPair;
  readonly weights: WeightSchedule;
  readonly optimizer: OptimizerSettings;
  readonly epochs: number;
  readonly batchSize: number;
}

export function trainingSettings(parameters: TrainingParameters): TrainingSettings {
  const tableau = tableaux[parameters.solver];
  return {
    tableau,
    controller: parameters.controller,
    rtol: parameters.rtol,
    atol: parameters.atol === 'rtol' ? parameters.rtol : parameters.atol,
    maxSteps: parameters.max_steps,
    regularizers: createRegularizers(parameters.regularizer, tableau),
    weights: {
      error: parameters.error_weight,
      stiffness: parameters.stiffness_weight,
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

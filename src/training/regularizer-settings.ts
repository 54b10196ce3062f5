/** The settings of R_E and R_S that a trial's parameters name: those of the preset, each overridden where given. */
import { regularizerPresets, type StepSettings } from '../regularizers/presets.js';
import type { TrainingParameters } from '../tasks/parameters.js';

export function stepSettings(parameters: TrainingParameters): StepSettings {
  const preset = regularizerPresets[parameters.regularizer];
  const given = <Value>(value: Value | 'preset', otherwise: Value): Value => (value === 'preset' ? otherwise : value);
  return {
    error: {
      ...preset.error,
      aggregate: given(parameters.error_aggregate, preset.error.aggregate),
      weightByStep: given(parameters.error_by_step, preset.error.weightByStep),
      square: given(parameters.error_square, preset.error.square),
    },
    stiffness: {
      ...preset.stiffness,
      aggregate: given(parameters.stiffness_aggregate, preset.stiffness.aggregate),
      weightByStep: given(parameters.stiffness_by_step, preset.stiffness.weightByStep),
      square: given(parameters.stiffness_square, preset.stiffness.square),
      byStability: given(parameters.stiffness_by_stability, preset.stiffness.byStability),
      norm: given(parameters.stiffness_norm, preset.stiffness.norm),
    },
  };
}

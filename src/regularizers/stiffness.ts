/**
 * R_S: the solver's stiffness estimates as a regulariser (arXiv 2105.03918, section 3.2; numerics, sections
 * 2 and 3).
 */
import { aggregateSteps, type AggregationSettings } from './aggregation.js';
import type { StepRegularizer } from './regularizer.js';

export interface StiffnessSettings extends AggregationSettings {
  /** Divide each estimate by the stability size of the method, as the paper's training code does; null: do not. */
  readonly stabilitySize: number | null;
}

export function stiffnessRegularizer(settings: StiffnessSettings): StepRegularizer {
  const scale = settings.stabilitySize === null ? 1 : 1 / settings.stabilitySize;
  const power = settings.square ? scale * scale : scale;
  return {
    kind: 'steps',
    evaluate: (steps) => {
      const { value, sensitivities } = aggregateSteps(
        steps.map(({ stiffness }) => {
          if (stiffness === null) throw new Error('The solve was not asked for stiffness estimates.');
          return stiffness.value;
        }),
        steps,
        settings,
      );
      return { value: power * value, sensitivities: sensitivities.map((sensitivity) => power * sensitivity) };
    },
  };
}

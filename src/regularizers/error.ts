/**
 * R_E: the solver's local error estimates as a regulariser (arXiv 2105.03918, eq. for R_E; numerics,
 * section 3).
 */
import { aggregateSteps, type AggregationSettings, type StepRegularizer } from './regularizer.js';

export function errorRegularizer(settings: AggregationSettings): StepRegularizer {
  return {
    evaluate: (steps) =>
      aggregateSteps(
        steps.map(({ error }) => error),
        steps,
        settings,
      ),
  };
}

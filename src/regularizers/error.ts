/**
 * R_E: the solver's local error estimates as a regulariser (arXiv 2105.03918, eq. for R_E; numerics,
 * section 3).
 */
import { UserError } from '../errors.js';
import { aggregateSteps, type AggregationSettings } from './aggregation.js';
import type { StepRegularizer } from './regularizer.js';

export function errorRegularizer(settings: AggregationSettings): StepRegularizer {
  return {
    kind: 'steps',
    evaluate: (steps) =>
      aggregateSteps(
        steps.map(({ error }) => {
          if (error === null) throw new UserError('usage', 'R_E needs a solver with an error estimate.');
          return error;
        }),
        steps,
        settings,
      ),
  };
}

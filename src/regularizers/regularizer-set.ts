/**
 * The regularisers of one training run, made from settings. R_E and R_S cost nothing and are always there, be it to
 * be looked at; the others exist only where they are asked for.
 */
import type { Tableau } from '../ode/tableau.js';
import { errorRegularizer } from './error.js';
import type { StepSettings } from './presets.js';
import type { StepRegularizer } from './regularizer.js';
import { stiffnessRegularizer } from './stiffness.js';

export interface RegularizerSet {
  readonly error: StepRegularizer;
  readonly stiffness: StepRegularizer;
}

/** @param tableau for the stability size */
export function createRegularizers({ error, stiffness }: StepSettings, tableau: Tableau): RegularizerSet {
  return {
    error: errorRegularizer(error),
    stiffness: stiffnessRegularizer({
      ...stiffness,
      stabilitySize: stiffness.byStability ? tableau.stabilitySize : null,
    }),
  };
}

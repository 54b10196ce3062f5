/**
 * Named combinations of settings: what the paper's text says and what its code computes (they differ).
 */
import type { Tableau } from '../ode/tableau.js';
import { errorRegularizer } from './error.js';
import type { AggregationSettings, StepRegularizer } from './regularizer.js';
import { stiffnessRegularizer } from './stiffness.js';

export const regularizerPresetNames = ['paper_text', 'paper_code', 'paper_text_squared'] as const;

export type RegularizerPreset = (typeof regularizerPresetNames)[number];

export interface RegularizerPair {
  readonly error: StepRegularizer;
  readonly stiffness: StepRegularizer;
}

/** Σ x_j |h_j| over accepted steps (arXiv 2105.03918, section 3). */
const text: AggregationSettings = {
  aggregate: 'sum',
  weightByStep: true,
  square: false,
  countInitialCallback: false,
};

/** @param tableau for the stability size, by which `paper_code` divides S */
export function createRegularizers(preset: RegularizerPreset, tableau: Tableau): RegularizerPair {
  switch (preset) {
    case 'paper_text':
      return { error: errorRegularizer(text), stiffness: stiffnessRegularizer({ ...text, stabilitySize: null }) };
    case 'paper_text_squared':
      // The text mentions Σ E_j² beside Σ E_j |h_j|; of S there is no such variant.
      return {
        error: errorRegularizer({ ...text, square: true, weightByStep: false }),
        stiffness: stiffnessRegularizer({ ...text, stabilitySize: null }),
      };
    case 'paper_code':
      // MNIST and latent ODE: mean(E·h), max(S) / stability size without h; the callback also fires at t0.
      return {
        error: errorRegularizer({ ...text, aggregate: 'mean', countInitialCallback: true }),
        stiffness: stiffnessRegularizer({
          aggregate: 'max',
          weightByStep: false,
          square: false,
          countInitialCallback: true,
          stabilitySize: tableau.stabilitySize,
        }),
      };
  }
}

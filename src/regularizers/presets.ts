/**
 * Named combinations of the settings of R_E and R_S: what the paper's text says and what its code computes
 * (they differ; numerics, section 3).
 *
 * The text also mentions Σ E_j²: that is `paper_text` with square, without the weight by step.
 */
import type { StiffnessNorm } from '../ode/stiffness.js';
import type { AggregationSettings } from './aggregation.js';

export const regularizerPresetNames = ['paper_text', 'paper_code'] as const;

export type RegularizerPreset = (typeof regularizerPresetNames)[number];

export interface StepSettings {
  readonly error: AggregationSettings;
  readonly stiffness: AggregationSettings & {
    /** Divide S_j by the stability size of the method. */
    readonly byStability: boolean;
    readonly norm: StiffnessNorm;
  };
}

/** Σ x_j |h_j| over accepted steps (arXiv 2105.03918, section 3). */
const text: AggregationSettings = {
  aggregate: 'sum',
  weightByStep: true,
  square: false,
  countInitialCallback: false,
};

export const regularizerPresets: Readonly<Record<RegularizerPreset, StepSettings>> = {
  paper_text: { error: text, stiffness: { ...text, byStability: false, norm: 'rms' } },
  /** MNIST and latent ODE: mean(E·h), max(S) / stability size without h; the callback also fires at t0. */
  paper_code: {
    error: { aggregate: 'mean', weightByStep: true, square: false, countInitialCallback: true },
    stiffness: {
      aggregate: 'max',
      weightByStep: false,
      square: false,
      countInitialCallback: true,
      byStability: true,
      norm: 'rms',
    },
  },
};

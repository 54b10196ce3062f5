/**
 * From one estimate a step to one number, and how it changes with each of them.
 *
 * The paper's text and its code differ in this (numerics, section 3), so every choice is a setting of its own.
 */
import type { AcceptedStep } from '../ode/grid.js';
import type { StepRegularization } from './regularizer.js';

export const aggregateNames = ['sum', 'mean', 'max'] as const;

export interface AggregationSettings {
  readonly aggregate: (typeof aggregateNames)[number];
  /** Multiply each estimate by |h_j|. */
  readonly weightByStep: boolean;
  /** Square each estimate first. */
  readonly square: boolean;
  /**
   * Count one more entry at t0 with estimate 1 and h = 0, as the callback of the paper's code does: a mean
   * then divides by N + 1 and a max never falls below 1.
   */
  readonly countInitialCallback: boolean;
}

/** Aggregates x_j = estimate^(1|2)·|h_j|^(0|1) and its derivatives by the estimates. */
export function aggregateSteps(
  estimates: readonly number[],
  steps: readonly AcceptedStep[],
  settings: AggregationSettings,
): StepRegularization {
  const { aggregate, weightByStep, square, countInitialCallback } = settings;
  const sensitivities = new Float64Array(steps.length);
  const weightOf = (j: number): number => (weightByStep ? Math.abs(steps[j].h) : 1);
  const term = (j: number): number => weightOf(j) * (square ? estimates[j] * estimates[j] : estimates[j]);
  const slope = (j: number): number => weightOf(j) * (square ? 2 * estimates[j] : 1);
  const initialTerm = countInitialCallback && !weightByStep ? 1 : 0;

  if (aggregate === 'max') {
    let value = countInitialCallback ? initialTerm : -Infinity;
    let largest = -1;
    for (let j = 0; j < steps.length; j += 1) {
      if (term(j) > value) {
        value = term(j);
        largest = j;
      }
    }
    if (largest >= 0) sensitivities[largest] = slope(largest);
    return { value: Math.max(value, 0), sensitivities };
  }
  const count = steps.length + (countInitialCallback ? 1 : 0);
  const scale = aggregate === 'mean' && count > 0 ? 1 / count : 1;
  let sum = initialTerm;
  for (let j = 0; j < steps.length; j += 1) {
    sum += term(j);
    sensitivities[j] = scale * slope(j);
  }
  return { value: scale * sum, sensitivities };
}

/**
 * How a solve ends: a value, never an assertion, each with a sentence of advice.
 */
export type SolveState =
  | 'success'
  | 'event'
  | 'max_steps'
  | 'dt_min'
  | 'dt_underflow'
  | 'non_finite'
  | 'newton_failed'
  | 'fixed_point_diverged';

export interface SolveOutcome {
  readonly state: SolveState;
  /** Where integration stood. */
  readonly t: number;
  /** What happened and what to do about it. */
  readonly advice: string;
}

export interface SolveStatistics {
  /** Calls of f: f0, the probe of the automatic first step, and those of all attempts. */
  readonly nfe: number;
  readonly accepted: number;
  readonly rejected: number;
}

/** Limits that an outcome's advice names. */
export interface OutcomeLimits {
  readonly maxSteps: number;
  readonly dtMin: number;
  /** Both tolerances are less than the rounding of the dtype; absent: no. */
  readonly belowRounding?: boolean;
}

export function describeOutcome(state: SolveState, t: number, limits: OutcomeLimits): SolveOutcome {
  return { state, t, advice: advise(state, t.toPrecision(6), limits) };
}

function advise(state: SolveState, t: string, { maxSteps, dtMin, belowRounding }: OutcomeLimits): string {
  switch (state) {
    case 'success':
      return 'Reached the end of the interval.';
    case 'event':
      return `A terminal event ended the solve at t = ${t}, before the end of the interval.`;
    case 'max_steps':
      if (belowRounding === true) {
        return (
          `Stopped at t = ${t} after ${maxSteps} attempted steps, whose error estimates are rounding: the tolerance is ` +
          'below what the dtype can resolve (f32: use 1e-6 or more, or dtype f64).'
        );
      }
      return (
        `Stopped at t = ${t} after ${maxSteps} attempted steps: raise max_steps, loosen rtol and atol, ` +
        'or regularise the field; a stiff field needs an implicit method.'
      );
    case 'dt_min':
      return (
        `The tolerance asks for a step under dt_min = ${dtMin} at t = ${t}: loosen rtol and atol, lower dt_min, ` +
        'or use an implicit method if the field is stiff.'
      );
    case 'dt_underflow':
      return (
        `The step at t = ${t} is too small to change t: the tolerance is below what the dtype can resolve ` +
        '(f32: use 1e-6 or more, or dtype f64), or the solution has a singularity there.'
      );
    case 'non_finite':
      return (
        `The field or the state is not finite at t = ${t}: lower the learning rate, raise the regularisation ` +
        'weight, or check the inputs; with atol = 0 a state that starts at 0 has no scale.'
      );
    case 'newton_failed':
      return (
        `Newton's iteration did not converge in the step from t = ${t}: take a smaller dt, allow more iterations, or ` +
        'loosen its tolerance.'
      );
    case 'fixed_point_diverged':
      return (
        `The fixed-point iteration grows in the step from t = ${t}: dt is too large for how stiff the field is; take ` +
        "a smaller dt, or Newton's iteration."
      );
  }
}

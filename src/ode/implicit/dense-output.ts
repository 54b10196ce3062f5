/**
 * Dense output of an implicit step from its two ends, y(t + θh) = Σ weights · (y, y1, h f(t, y), h f(t + h, y1)).
 *
 * `hermite`: cubic (Hairer, Nørsett & Wanner I, II.6), as good as the steps wherever they resolve the solution; two
 * calls of f for a step with output inside, one if the step before has it too. Across a stiff transient that the
 * steps jump over, h f is huge and so is the overshoot: take `linear` there, the methods' own collocation
 * polynomial, of their order, without any call of f.
 */
export type Interpolation = 'hermite' | 'linear';

export interface EndWeights {
  readonly start: number;
  readonly end: number;
  /** Of h f at the start and at the end; 0 both: the slopes are not needed. */
  readonly startSlope: number;
  readonly endSlope: number;
}

/** @param theta position within the step, in [0, 1] */
export function endWeights(interpolation: Interpolation, theta: number): EndWeights {
  if (interpolation === 'linear') return { start: 1 - theta, end: theta, startSlope: 0, endSlope: 0 };
  const bubble = theta * (theta - 1);
  const end = theta + bubble * (1 - 2 * theta);
  return { start: 1 - end, end, startSlope: bubble * (theta - 1), endSlope: bubble * theta };
}

/** The scaled norms of the solver and the pullback of the error norm, entry by entry (numerics: joint error norm). */
import type { Tolerances } from '../engine.js';

/** No scale is less, so that 0 / 0 (atol = 0, an entry that is and stays 0) is 0: the least normal double. */
const LEAST_SCALE = 2 ** -1022;

/** `StepError` with its tensors' entries. */
export interface StepErrorValues extends Tolerances {
  readonly y0: Float64Array;
  readonly y1: Float64Array;
  readonly h: number;
  readonly weights: readonly number[];
  readonly stages: readonly Float64Array[];
}

export function errorNorm(step: StepErrorValues): number {
  return rms(step.y0.length, (i) => localError(step, i) / errorScale(step, i));
}

/**
 * With E = sqrt(mean (e/s)²) and s = atol + rtol·max(|y0|, |y1|):
 * ∂E/∂e = e / (n E s²) and ∂E/∂s = −e² / (n E s³).
 */
export function errorNormPullback(
  step: StepErrorValues,
  error: number,
  errorBar: number,
  eBar: Float64Array,
  y0Bar: Float64Array,
  y1Bar: Float64Array,
): void {
  if (error === 0) {
    eBar.fill(0);
    return;
  }
  const factor = errorBar / (step.y0.length * error);
  for (let i = 0; i < eBar.length; i++) {
    const scale = errorScale(step, i);
    const ratio = localError(step, i) / scale;
    const cotangent = (factor * ratio) / scale;
    eBar[i] = cotangent;
    const scaleBar = -cotangent * ratio * step.rtol;
    if (Math.abs(step.y0[i]) >= Math.abs(step.y1[i])) {
      y0Bar[i] += scaleBar * Math.sign(step.y0[i]);
    } else {
      y1Bar[i] += scaleBar * Math.sign(step.y1[i]);
    }
  }
}

export function scaledRms(
  a: Float64Array,
  b: Float64Array | null,
  y: Float64Array,
  { atol, rtol }: Tolerances,
): number {
  return rms(a.length, (i) => (a[i] - (b === null ? 0 : b[i])) / Math.max(atol + rtol * Math.abs(y[i]), LEAST_SCALE));
}

export function rmsDifference(a: Float64Array, b: Float64Array): number {
  return rms(a.length, (i) => a[i] - b[i]);
}

function rms(count: number, entry: (index: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += entry(i) ** 2;
  return Math.sqrt(sum / count);
}

/** e = h Σ weights_j · stages_j at one entry. */
function localError({ h, weights, stages }: StepErrorValues, index: number): number {
  let sum = 0;
  for (const [j, weight] of weights.entries()) {
    if (weight !== 0) sum += h * weight * stages[j][index];
  }
  return sum;
}

function errorScale({ y0, y1, atol, rtol }: StepErrorValues, index: number): number {
  return Math.max(atol + rtol * Math.max(Math.abs(y0[index]), Math.abs(y1[index])), LEAST_SCALE);
}

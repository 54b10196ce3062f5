/**
 * Annealing of the regularisation weights: λ(e) = λ0·exp(−e·ln(λ0/λ1)/epochs), e = 0 … epochs − 1
 * (numerics, section 3); a ratio λ1/λ0 of 1 is a constant weight. All weights share the ratio.
 */
import { pow } from '../elementary/elementary.js';

/** λ of each regulariser in the loss. */
export interface RegularizationWeights {
  readonly error: number;
  readonly stiffness: number;
  readonly taylor: number;
  readonly local: number;
}

/** Beside the ratio, the weights before the first epoch. */
export interface WeightSchedule extends RegularizationWeights {
  /** λ1 / λ0. */
  readonly finalRatio: number;
  readonly epochs: number;
}

/** @param epoch 0-based */
export function weightsAt(schedule: WeightSchedule, epoch: number): RegularizationWeights {
  const { error, stiffness, taylor, local, finalRatio, epochs } = schedule;
  const factor = finalRatio === 1 ? 1 : pow(finalRatio, epoch / epochs);
  return { error: error * factor, stiffness: stiffness * factor, taylor: taylor * factor, local: local * factor };
}

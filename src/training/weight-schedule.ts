/**
 * Annealing of the regularisation weights: λ(e) = λ0·exp(−e·ln(λ0/λ1)/epochs), e = 0 … epochs − 1
 * (numerics, section 3); a ratio λ1/λ0 of 1 is a constant weight.
 */
import { pow } from '../elementary/elementary.js';

export interface WeightSchedule {
  /** λ_E and λ_S before the first epoch. */
  readonly error: number;
  readonly stiffness: number;
  /** λ1 / λ0. */
  readonly finalRatio: number;
  readonly epochs: number;
}

export interface RegularizationWeights {
  readonly error: number;
  readonly stiffness: number;
}

/** @param epoch 0-based */
export function weightsAt(
  { error, stiffness, finalRatio, epochs }: WeightSchedule,
  epoch: number,
): RegularizationWeights {
  const factor = finalRatio === 1 ? 1 : pow(finalRatio, epoch / epochs);
  return { error: error * factor, stiffness: stiffness * factor };
}

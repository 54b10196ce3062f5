/** Parameter updates, entry by entry. */
import type { AdamSettings, MomentumSettings } from '../engine.js';

/** Kingma & Ba 2015, algorithm 1. */
export function adamUpdate(
  parameters: Float64Array,
  gradient: Float64Array,
  m: Float64Array,
  v: Float64Array,
  { learningRate, beta1, beta2, epsilon, iteration }: AdamSettings,
): void {
  const correction1 = 1 - beta1 ** iteration;
  const correction2 = 1 - beta2 ** iteration;
  for (let i = 0; i < parameters.length; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
    v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] ** 2;
    parameters[i] -= (learningRate * (m[i] / correction1)) / (Math.sqrt(v[i] / correction2) + epsilon);
  }
}

/** Classical momentum (Sutskever et al. 2013, with the learning rate outside the velocity). */
export function momentumUpdate(
  parameters: Float64Array,
  gradient: Float64Array,
  velocity: Float64Array,
  { learningRate, momentum }: MomentumSettings,
): void {
  for (let i = 0; i < parameters.length; i++) {
    velocity[i] = momentum * velocity[i] + gradient[i];
    parameters[i] -= learningRate * velocity[i];
  }
}

/** Parameter updates, entry by entry; in doubles, whatever type keeps the results. */
import type { AdamSettings, MomentumSettings } from '../engine.js';
import type { Entries } from '../entries.js';

/** Kingma & Ba 2015, algorithm 1. */
export function adamUpdate(
  parameters: Entries,
  gradient: Entries,
  m: Entries,
  v: Entries,
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
  parameters: Entries,
  gradient: Entries,
  velocity: Entries,
  { learningRate, momentum }: MomentumSettings,
): void {
  for (let i = 0; i < parameters.length; i++) {
    velocity[i] = momentum * velocity[i] + gradient[i];
    parameters[i] -= learningRate * velocity[i];
  }
}

/** What a completed trial measured of its own duration. */
import type { TrialResult } from '../training/trial.js';

/** Shorter trials are measured by the clock's grain: they count as so long where logarithms are taken. */
export const shortestSeconds = 1e-3;

/** Training and the predictions after each epoch; null where nothing was measured: of a program that does not say. */
export function measuredSeconds({ trainSeconds, predictSeconds, epochs }: TrialResult): number | null {
  return trainSeconds === null ? null : trainSeconds + epochs * (predictSeconds ?? 0);
}

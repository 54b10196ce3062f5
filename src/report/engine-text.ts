/** What ran a trial, in words. */
import type { TrialEnvironment } from '../training/trial.js';

/** @returns e.g. `kernels f32`; another program's precision only where it tells it */
export function engineText({ engine, dtype }: Pick<TrialEnvironment, 'engine' | 'dtype'>): string {
  return dtype === null ? engine : `${engine} ${dtype}`;
}

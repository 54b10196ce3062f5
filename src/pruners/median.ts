/** Median rule: stopped is what is worse than the middle of the others. See `percentile.ts`. */
import { createPercentilePruner, type PercentileSettings } from './percentile.js';
import type { Pruner } from './pruner.js';

export function createMedianPruner(settings: Omit<PercentileSettings, 'percentile'>): Pruner {
  return createPercentilePruner({ ...settings, percentile: 50 }, 'median');
}

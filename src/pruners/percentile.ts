/**
 * Percentile rule: a trial is stopped when its best cost so far is worse than a percentile of what other trials that
 * have ended had at the same epoch.
 *
 * Source: Golovin et al. 2017, "Google Vizier", section 3.2.2, in the form of Optuna's PercentilePruner: values at the
 * same epoch, not their running averages as in Vizier. An average is dominated by the steep first epochs, where all
 * curves are alike, and NFE, which grows while training goes on, would be compared by its past. As there, NaN of
 * others is left out, a trial that has had nothing but NaN is stopped, percentiles are interpolated linearly, and a
 * tie goes on.
 *
 * Unlike Optuna, trials that were themselves stopped count at the epochs they had. Were only survivors compared,
 * the bar would rise with every stop.
 */
import { isJudged, type JudgedEpochs } from './judged-epochs.js';
import { bestCost, costAt, describeCost, describeValue, pointAt, type Measure } from './measure.js';
import type { Pruner, PruneVerdict } from './pruner.js';

export interface PercentileSettings extends JudgedEpochs {
  readonly measure: Measure;
  /** In [0, 100]: 25 lets go on what would be in the best quarter of the others. */
  readonly percentile: number;
  /** Fewer others with a value at the epoch decide nothing. */
  readonly minTrials: number;
}

export function createPercentilePruner(
  settings: PercentileSettings,
  code: PruneVerdict['code'] = 'percentile',
): Pruner {
  const { measure, percentile, minTrials } = settings;
  const place = code === 'median' ? 'median' : `${percentile}th percentile`;
  return {
    verdict(own, others) {
      const epoch = own.points.at(-1)?.epoch ?? 0;
      if (!isJudged(epoch, settings)) return null;
      const costs: number[] = [];
      for (const other of others) {
        const point = other.ended ? pointAt(other, epoch) : undefined;
        const cost = point === undefined ? NaN : costAt(measure, point);
        if (!Number.isNaN(cost)) costs.push(cost);
      }
      if (costs.length < minTrials) return null;
      const best = bestCost(measure, own, epoch);
      if (Number.isNaN(best)) return { code, message: `${measure.name} has been NaN since the first epoch` };
      const bar = percentileOf(costs, percentile);
      if (!(best > bar)) return null;
      const message =
        `best ${describeCost(measure, best)} by epoch ${epoch} is worse than ${describeValue(measure, bar)}, ` +
        `the ${place} of ${costs.length} trials`;
      return { code, message };
    },
  };
}

/** With linear interpolation between neighbours; NaN of no value. */
function percentileOf(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = ((sorted.length - 1) * percentile) / 100;
  const low = sorted.at(Math.floor(place)) ?? NaN;
  const high = sorted.at(Math.ceil(place)) ?? NaN;
  // The difference of two infinities would be NaN.
  return low === high ? low : low + (place - Math.floor(place)) * (high - low);
}

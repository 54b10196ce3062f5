/**
 * How long trials take on some workers, with the range in which four of five runs end.
 */
import { exp } from '../elementary/elementary.js';
import type { MeanForecast } from './cost-model.js';

/** Seconds. */
export interface DurationEstimate {
  readonly seconds: number;
  /** The 10 % and 90 % quantiles, as far as one can tell. */
  readonly low: number;
  readonly high: number;
}

/** The standard normal's 90 % quantile. */
const quantile = 1.2816;

/**
 * The work is shared evenly, the longest trial is a bound; what is not known of the medians errs for all trials alike, the noise of
 * each trial for itself.
 * @param queued how many trials have not begun
 * @param mean forecast of such a trial
 * @param rests seconds that each running trial still takes: known better than what has not begun, and taken as exact
 */
export function estimateDuration(
  queued: number,
  mean: MeanForecast,
  rests: readonly number[],
  workers: number,
): DurationEstimate {
  const waiting = queued * mean.seconds;
  const rest = rests.reduce((total, seconds) => total + seconds, 0);
  const longestRest = Math.max(0, ...rests);
  const parallel = Math.max(1, Math.min(workers, queued + rests.length));
  const seconds = Math.max((waiting + rest) / parallel, longestRest, queued > 0 ? mean.longest : 0);
  if (waiting === 0) return { seconds, low: seconds, high: seconds };
  const deviation = Math.sqrt(mean.uncertainty ** 2 + mean.variance / (queued * mean.seconds ** 2));
  const factor = exp((quantile * deviation * waiting) / (waiting + rest));
  return { seconds, low: Math.max(seconds / factor, longestRest), high: seconds * factor };
}

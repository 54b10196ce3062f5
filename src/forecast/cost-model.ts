/**
 * What a trial costs in seconds, learned from trials that have ended.
 *
 * The logarithm of the seconds an epoch takes is linear in the parameters' features (`features.ts`): costs are positive, spread
 * over decades, and multiply (twice the batches, thrice the evaluations).
 */
import { exp, log } from '../elementary/elementary.js';
import { featuresOver, type Setting } from './features.js';
import { fitLinearModel } from './linear-model.js';

export interface CostSample {
  readonly setting: Setting;
  /** Wall time of the whole trial, above 0. */
  readonly seconds: number;
}

export interface CostForecast {
  /** Median. */
  readonly seconds: number;
  /** Standard deviation of ln seconds: of what is not known of the median, and of one trial about it. */
  readonly uncertainty: number;
  readonly noise: number;
}

/** Of several trials together: means over them, so that it serves for more or fewer of their kind. */
export interface MeanForecast {
  readonly seconds: number;
  /** Standard deviation of ln of the mean, of what is not known of the medians. */
  readonly uncertainty: number;
  /** Mean of (seconds · noise)². */
  readonly variance: number;
  readonly longest: number;
}

export interface CostModel {
  forecast(setting: Setting): CostForecast;
  /** @param settings at least one */
  forecastMean(settings: readonly Setting[]): MeanForecast;
}

/** Two trials of unlike settings often differ by a factor of three; two equal ones by a tenth. */
const slopeSpread = 1;
const expectedNoise = 0.15;
const noiseSamples = 4;

/** More samples make the fit no better, only slower; the latest know best how busy the machine is. */
export const mostSamples = 2000;

/**
 * @param samples at least one
 * @param cells settings whose cost will be asked for: with the samples they decide what varies
 */
export function fitCostModel(samples: readonly CostSample[], cells: readonly Setting[]): CostModel {
  const latest = samples.slice(-mostSamples);
  const features = featuresOver([...latest.map(({ setting }) => setting), ...cells], ['seed', 'epochs']);
  const values = latest.map(({ setting, seconds }) => log(seconds) - logEpochs(setting));
  const center = values.reduce((sum, value) => sum + value, 0) / values.length;
  const prior = { center, spread: slopeSpread, noise: expectedNoise, noiseSamples };
  const model = fitLinearModel(
    latest.map(({ setting }) => features.of(setting)),
    values,
    prior,
  );
  const forecast = (setting: Setting): CostForecast => {
    const { mean, uncertainty, noise } = model.predict(features.of(setting));
    return { seconds: exp(mean + logEpochs(setting)), uncertainty, noise };
  };
  const forecastMean = (settings: readonly Setting[]): MeanForecast => {
    const sums = { seconds: 0, variance: 0, longest: 0 };
    // An error of the slopes lets the trials err together, each as far as its features reach: to first order as one trial at
    // their mean, weighted by cost.
    const centre = new Float64Array(features.count);
    for (const setting of settings) {
      const { seconds, noise } = forecast(setting);
      sums.seconds += seconds;
      sums.variance += (seconds * noise) ** 2;
      sums.longest = Math.max(sums.longest, seconds);
      for (const [index, feature] of features.of(setting).entries()) centre[index] += seconds * feature;
    }
    const { uncertainty } = model.predict(centre.map((sum) => sum / sums.seconds));
    const n = settings.length;
    return { seconds: sums.seconds / n, uncertainty, variance: sums.variance / n, longest: sums.longest };
  };
  return { forecast, forecastMean };
}

/** Twice the epochs take twice as long: that need not be learned. Nor does a repeat cost anything but what its cell costs. */
function logEpochs({ epochs }: Setting): number {
  return typeof epochs === 'number' && epochs > 0 ? log(epochs) : 0;
}

/**
 * By how much a trial is expected to move the frontier: the expected improvement of its hypervolume (Emmerich, Giannakoglou &
 * Naujoks 2006), with each objective predicted by a linear model of the parameters.
 *
 * The gain is the integral, over what the frontier does not dominate yet, of the chance that the trial does: for independent
 * normals a product of Φ, so that nothing is drawn. The integral is a mean over fixed quasi-random points of the box between
 * the best that can be hoped for and the worst seen, for any number of objectives.
 *
 * Invariant: a pure function of what was measured and what waits.
 * Known limits: the models are linear in the features, what bends counts as their noise; objectives err independently; trials
 * that run are not known here, so several workers may try neighbours at once.
 */
import { exp, log } from '../elementary/elementary.js';
import { dominates, frontier } from '../pareto/frontier.js';
import { featuresOver, type Setting } from './features.js';
import { fitLinearModel, type LinearModel } from './linear-model.js';

export interface MeasuredSetting {
  readonly setting: Setting;
  /** To minimise, finite; null: the trial gave no result, which counts as the worst seen. */
  readonly costs: readonly number[] | null;
}

/** In units of an objective's own spread: settings explain most of it, a fifth of it is noise, as far as one knows. */
const prior = { center: 0, spread: 1, noise: 0.3, noiseSamples: 4 };

/** Of the integral; those below the frontier count. */
const integrationPoints = 512;

/** Share of the range seen by which the box goes beyond the worst, so that a frontier's ends are worth something. */
const margin = 0.1;

interface Box {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

interface Belief {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * @param measured at least one with costs; a setting once
 * @returns one gain a setting of `waiting`, at least 0: a share of the box
 * Cost: that of a fit to all that was measured, and a thousand chances a waiting setting.
 */
export function expectedGains(measured: readonly MeasuredSetting[], waiting: readonly Setting[]): Float64Array {
  const outcomes = standardized(measured.map(({ costs }) => costs));
  const features = featuresOver([...measured.map(({ setting }) => setting), ...waiting], ['seed']);
  const vectors = measured.map(({ setting }) => features.of(setting));
  const models = outcomes[0].map((_, objective): LinearModel => {
    const values = outcomes.map((outcome) => outcome[objective]);
    return fitLinearModel(vectors, values, prior);
  });
  const beliefs = waiting.map((setting) =>
    models.map((model): Belief => {
      const { mean, uncertainty, noise } = model.predict(features.of(setting));
      return { mean, deviation: Math.sqrt(uncertainty ** 2 + noise ** 2) };
    }),
  );
  const open = openPoints(outcomes, boxOf(outcomes, beliefs));
  return Float64Array.from(beliefs, (belief) => {
    let sum = 0;
    for (const point of open) {
      let chance = 1;
      for (const [objective, { mean, deviation }] of belief.entries()) {
        chance *= normalShare((point[objective] - mean) / deviation);
      }
      sum += chance;
    }
    return sum / integrationPoints;
  });
}

/** Costs about their mean in units of their deviation: of positive objectives the logarithm, which spans decades. */
function standardized(costs: readonly (readonly number[] | null)[]): readonly (readonly number[])[] {
  const known = costs.filter((cost) => cost !== null);
  const scales = known[0].map((_, objective) => {
    const column = known.map((cost) => cost[objective]);
    const logarithmic = column.every((value) => value > 0);
    const values = logarithmic ? column.map(log) : column;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const worst = values.reduce((most, value) => Math.max(most, value), -Infinity);
    // An objective that never differed has no unit of its own.
    const unit = variance > 0 ? Math.sqrt(variance) : 1;
    return { worst, of: (value: number) => ((logarithmic ? log(value) : value) - mean) / unit, mean, unit };
  });
  return costs.map((cost) =>
    scales.map(({ worst, of, mean, unit }, objective) => (cost === null ? (worst - mean) / unit : of(cost[objective]))),
  );
}

/** From the best that is likely of any – yet no farther from the best seen than that is from the worst – to beyond the worst. */
function boxOf(outcomes: readonly (readonly number[])[], beliefs: readonly (readonly Belief[])[]): Box {
  const ranges = outcomes[0].map((_, objective) => {
    const seen = outcomes.map((outcome) => outcome[objective]);
    const best = seen.reduce((least, value) => Math.min(least, value), Infinity);
    const worst = seen.reduce((most, value) => Math.max(most, value), -Infinity);
    const range = worst > best ? worst - best : 1;
    const hoped = beliefs.reduce((least, belief) => {
      const { mean, deviation } = belief[objective];
      return Math.min(least, mean - 2 * deviation);
    }, best);
    return { low: Math.max(hoped, best - range), high: worst + margin * range };
  });
  return { low: ranges.map(({ low }) => low), high: ranges.map(({ high }) => high) };
}

/** Integration points that no outcome dominates: the additive recurrence of the generalised golden ratio (Roberts 2018). */
function openPoints(outcomes: readonly (readonly number[])[], { low, high }: Box): readonly (readonly number[])[] {
  const steps = goldenSteps(low.length);
  const front = frontier(
    outcomes,
    steps.map((_, objective) => ({ value: (outcome: readonly number[]) => outcome[objective], goal: 'minimize' })),
  );
  return Array.from({ length: integrationPoints }, (_, index) =>
    steps.map((step, objective) => {
      const place = (0.5 + step * (index + 1)) % 1;
      return low[objective] + place * (high[objective] - low[objective]);
    }),
  ).filter((point) => !front.some((outcome) => dominates(outcome, point)));
}

/** 1/φ, 1/φ² … with φ^(d+1) = φ + 1: that of one dimension is the golden ratio. */
function goldenSteps(dimensions: number): readonly number[] {
  let ratio = 2;
  // A contraction by at least 1/(d + 1) a round.
  for (let round = 0; round < 64; round += 1) ratio = exp(log(1 + ratio) / (dimensions + 1));
  return Array.from({ length: dimensions }, (_, index) => exp(-(index + 1) * log(ratio)));
}

/** Φ to 1.4e-4, as a logistic function (Bowling et al. 2009): what is to be ranked needs no more. */
function normalShare(x: number): number {
  return 1 / (1 + exp(-x * (1.5976 + 0.07056 * x * x)));
}

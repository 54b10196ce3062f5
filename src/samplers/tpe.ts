/**
 * A tree-structured Parzen estimator for several objectives: of points drawn from the density of the good ones, the one
 * whose density among the good is largest against that among the others.
 *
 * Sources: Bergstra, Bardenet, Bengio and Kégl 2011; several objectives: Ozaki, Tanigaki, Watanabe and Onishi 2020 and
 * 2022 (MOTPE), who split by rounds of non-domination. The last round that fits in part is cut by crowding distance, as in
 * NSGA-II, where they take the subset of largest hypervolume: much cheaper, and the same ends of the frontier stay.
 * Why our own: no package that is kept up and whose proposals are a function of a seed and a history was found.
 * Limits: two generations, those without observations, are Sobol' points; a proposal costs time in proportion to what has
 * been observed.
 */
import { createRandom } from '../random/create-random.js';
import type { RandomStream } from '../random/random.js';
import type { Point, Space } from './domain.js';
import { firstPoints, freshPoints } from './fresh-points.js';
import type { GenerationalSampler } from './generational-sampler.js';
import { createParzenEstimator, type ParzenEstimator } from './parzen-estimator.js';
import { rankObservations } from './rank-observations.js';

/** Of what was observed, how much counts as good. */
const goodShare = 0.15;
const mostGood = 25;
/** Points drawn for each that is proposed. */
const candidates = 24;

/** @param size points of a generation */
export function createTpe(space: Space, sweepSeed: number, size: number): GenerationalSampler {
  const first = firstPoints(space, sweepSeed);
  return {
    generation(index, observed, claim) {
      const stream = createRandom({ sweepSeed, trialSeed: index }, 'tpe sampler');
      if (observed.length === 0)
        return freshPoints({ space, stream, count: size }, claim, (k) => first(index * size + k));
      const ranked = rankObservations(observed).map(({ point }) => point);
      const count = Math.min(mostGood, Math.ceil(goodShare * ranked.length));
      const good = createParzenEstimator(space, ranked.slice(0, count));
      const others = createParzenEstimator(space, ranked.slice(count));
      return freshPoints({ space, stream, count: size }, claim, () => proposal(good, others, stream));
    },
  };
}

function proposal(good: ParzenEstimator, others: ParzenEstimator, stream: RandomStream): Point {
  const drawn = Array.from({ length: candidates }, () => {
    const point = good.sample(stream);
    return { point, ratio: good.density(point) / others.density(point) };
  });
  return drawn.reduce((best, one) => (one.ratio > best.ratio ? one : best)).point;
}

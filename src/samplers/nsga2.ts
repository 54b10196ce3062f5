/**
 * NSGA-II: children of the points that few others dominate, spread along the frontier.
 *
 * Source: Deb, Pratap, Agarwal and Meyarivan 2002, "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE
 * Trans. Evol. Comput. 6(2). Numbers are crossed and mutated by quantile, so in the logarithm where they are logarithmic;
 * listed values come from either parent, and mutate to any.
 * Parents are the best of everything observed: elitism over the whole history, which needs no memory beside it.
 * Why our own: no package that is kept up and whose proposals are a function of a seed and a history was found.
 * Limits: two generations, those without observations, are Sobol' points.
 */
import { createRandom } from '../random/create-random.js';
import type { RandomStream } from '../random/random.js';
import type { Domain, Point, Scalar, Space } from './domain.js';
import { firstPoints, freshPoints } from './fresh-points.js';
import type { GenerationalSampler } from './generational-sampler.js';
import { crossover, mutation } from './genetic-operators.js';
import { varyingNames } from './point-sequence.js';
import { rankObservations, type RankedPoint } from './rank-observations.js';
import { unitOf, valueAt } from './unit-interval.js';

const crossoverShare = 0.9;

/** @param size points of a generation, and of the parents */
export function createNsga2(space: Space, sweepSeed: number, size: number): GenerationalSampler {
  const first = firstPoints(space, sweepSeed);
  const mutationShare = 1 / Math.max(1, varyingNames(space).length);
  return {
    generation(index, observed, claim) {
      const stream = createRandom({ sweepSeed, trialSeed: index }, 'nsga2 sampler');
      const parents = rankObservations(observed).slice(0, size);
      return freshPoints({ space, stream, count: size }, claim, (k) => {
        return parents.length === 0 ? first(index * size + k) : child(space, parents, mutationShare, stream);
      });
    },
  };
}

function child(space: Space, parents: readonly RankedPoint[], mutationShare: number, stream: RandomStream): Point {
  const [a, b] = [winner(parents, stream), winner(parents, stream)];
  const crosses = stream.uniform() < crossoverShare;
  const values = Array.from(space, ([name, domain]) => {
    return [
      name,
      inherit(domain, a.point[name], crosses ? b.point[name] : a.point[name], mutationShare, stream),
    ] as const;
  });
  return Object.fromEntries(values);
}

/** Binary tournament; parents are ordered from best to worst. */
function winner(parents: readonly RankedPoint[], stream: RandomStream): RankedPoint {
  return parents[Math.min(stream.integer(parents.length), stream.integer(parents.length))];
}

/** What neither parent varied is drawn anew. */
function inherit(
  domain: Domain,
  a: Scalar | undefined,
  b: Scalar | undefined,
  mutationShare: number,
  stream: RandomStream,
): Scalar {
  const ua = a === undefined ? null : unitOf(domain, a);
  const ub = b === undefined ? null : unitOf(domain, b);
  const one = ua ?? ub;
  const other = ub ?? ua;
  if (one === null || other === null) return valueAt(domain, stream.uniform());
  const mutates = stream.uniform() < mutationShare;
  if (domain.kind === 'values')
    return valueAt(domain, mutates ? stream.uniform() : stream.uniform() < 0.5 ? one : other);
  const mixed = stream.uniform() < 0.5 ? crossover(one, other, stream) : Math.min(one, 1 - 2 ** -53);
  return valueAt(domain, mutates ? mutation(mixed, stream) : mixed);
}

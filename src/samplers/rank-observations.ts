/**
 * Observations from best to worst: by rounds of non-domination, and within a round the lonelier first.
 *
 * Source: Deb, Pratap, Agarwal and Meyarivan 2002, "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE
 * Trans. Evol. Comput. 6(2), sections III.A (ranks) and III.B (crowding distance).
 * What gave no result, or none that is finite, makes the last round.
 */
import { frontier } from '../pareto/frontier.js';
import type { Point } from './domain.js';
import type { Observation } from './generational-sampler.js';

export interface RankedPoint {
  readonly point: Point;
  /** 0: no other point dominates it. */
  readonly rank: number;
  /** Of its neighbours in the round, over all objectives; infinite at an end. */
  readonly crowding: number;
}

interface Measured {
  readonly point: Point;
  readonly costs: readonly number[];
}

/** @param observed in any order; equals keep theirs */
export function rankObservations(observed: readonly Observation[]): readonly RankedPoint[] {
  const measured = observed.flatMap(({ point, costs }) =>
    costs?.every(Number.isFinite) === true ? [{ point, costs }] : [],
  );
  const objectives = Array.from({ length: measured.at(0)?.costs.length ?? 0 }, (_, k) => {
    return { value: ({ costs }: Measured): number => costs[k], goal: 'minimize' } as const;
  });
  const ranked: RankedPoint[] = [];
  let rank = 0;
  for (let rest: readonly Measured[] = measured; rest.length > 0; rank += 1) {
    const front = new Set(frontier(rest, objectives));
    ranked.push(...crowded([...front], rank));
    rest = rest.filter((one) => !front.has(one));
  }
  const without = observed.filter(({ costs }) => costs?.every(Number.isFinite) !== true);
  return [...ranked, ...without.map(({ point }) => ({ point, rank, crowding: 0 }))];
}

/** One round, lonelier points first. */
function crowded(front: readonly Measured[], rank: number): readonly RankedPoint[] {
  const crowding = new Map(front.map((one) => [one, 0]));
  for (const k of front[0].costs.keys()) {
    const ordered = [...front].sort((a, b) => a.costs[k] - b.costs[k]);
    const width = ordered[ordered.length - 1].costs[k] - ordered[0].costs[k];
    for (const [index, one] of ordered.entries()) {
      const inner = index > 0 && index < ordered.length - 1;
      const gap = inner ? ordered[index + 1].costs[k] - ordered[index - 1].costs[k] : Infinity;
      crowding.set(one, (crowding.get(one) ?? 0) + (width > 0 || !inner ? gap / (width || 1) : 0));
    }
  }
  return front
    .map((one) => ({ point: one.point, rank, crowding: crowding.get(one) ?? 0 }))
    .sort((a, b) => (a.crowding === b.crowding ? 0 : b.crowding - a.crowding));
}

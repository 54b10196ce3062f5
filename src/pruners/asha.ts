/**
 * Asynchronous successive halving: at each rung the best 1/η of the trials that have reached it go on.
 *
 * Source: Li et al. 2020, "A system for massively parallel hyperparameter tuning", in its stopping form: a trial is
 * judged once at each rung, when it gets there, against all that were there before it, and is never taken up again.
 * While fewer than η trials have reached a rung there is no best 1/η, and all go on, as none would be promoted there.
 *
 * Without a measure, trials are ranked by non-domination (MO-ASHA: Schmucker et al. 2021). The front that straddles the
 * cut goes on as a whole: to cut it by crowding, as the authors do, would stop trials that nothing beats.
 *
 * Known limit: the first to reach a rung meet little competition, so that more than 1/η go on.
 */
import { frontRanks } from '../pareto/front-ranks.js';
import { bestCost, costAt, describeCost, pointAt, type Measure } from './measure.js';
import type { Curve, CurvePoint, Pruner } from './pruner.js';

export interface AshaSettings {
  readonly isRung: (epoch: number) => boolean;
  /** Above 1. */
  readonly eta: number;
  /** What ranks the trials; null: non-domination in all objectives. */
  readonly measure: Measure | null;
  /** Fewer others at a rung decide nothing; η − 1 are needed in any case. */
  readonly minTrials: number;
  /** Compares a trial's best cost so far, instead of its cost at the rung, with the others' costs at the rung. */
  readonly lenient: boolean;
}

/** Rungs min, min·η, min·η², … rounded down. */
export function rungsFrom(min: number, eta: number): (epoch: number) => boolean {
  return (epoch) => {
    let rung = min;
    while (Math.floor(rung) < epoch) rung *= eta;
    return Math.floor(rung) === epoch;
  };
}

/** The `count` rungs max/η, max/η², … rounded down; those below 1 do not exist. */
export function rungsBelow(max: number, eta: number, count: number): (epoch: number) => boolean {
  return (epoch) => {
    let rung = max;
    for (let k = 0; k < count && rung >= epoch; k += 1) {
      rung /= eta;
      if (Math.floor(rung) === epoch) return true;
    }
    return false;
  };
}

export function createAshaPruner({ isRung, eta, measure, minTrials, lenient }: AshaSettings): Pruner {
  return {
    verdict(own, others) {
      const latest = own.points.at(-1);
      if (latest === undefined || !isRung(latest.epoch)) return null;
      const { epoch } = latest;
      const rivals = Array.from(others, (other) => pointAt(other, epoch)).filter((point) => point !== undefined);
      const trials = rivals.length + 1;
      const places = Math.floor(trials / eta);
      if (places < 1 || rivals.length < minTrials) return null;
      const better = measure === null ? inBetterFronts(latest, rivals) : belowCost(measure, own, rivals, lenient);
      if (better < places) return null;
      const beaten =
        measure === null
          ? `at epoch ${epoch} ${better} of ${trials} trials stood in better fronts`
          : `${describeCost(measure, costAt(measure, latest))} at epoch ${epoch}: ${better} of ${trials} trials were better there`;
      return { code: 'asha', message: `${beaten}, ${places} go on` };
    },
  };
}

function belowCost(measure: Measure, own: Curve, rivals: readonly CurvePoint[], lenient: boolean): number {
  const latest = own.points[own.points.length - 1];
  const cost = lenient ? bestCost(measure, own, latest.epoch) : costAt(measure, latest);
  const bar = Number.isNaN(cost) ? Infinity : cost;
  return rivals.filter((rival) => costAt(measure, rival) < bar).length;
}

function inBetterFronts(own: CurvePoint, rivals: readonly CurvePoint[]): number {
  const [ownRank, ...ranks] = frontRanks([own, ...rivals].map(({ costs }) => costs));
  return ranks.filter((rank) => rank < ownRank).length;
}

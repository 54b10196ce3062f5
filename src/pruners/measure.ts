/** One objective as pruners compare it: where its cost stands, and how people read it. */
import { formatNumber } from '../report/format-number.js';
import type { Curve, CurvePoint } from './pruner.js';

export interface Measure {
  readonly name: string;
  readonly goal: 'minimize' | 'maximize';
  /** Of its cost in `CurvePoint.costs`. */
  readonly index: number;
}

/** Its cost at a point; NaN where the point has none. */
export function costAt({ index }: Measure, { costs }: CurvePoint): number {
  return costs[index] ?? NaN;
}

/** The lowest cost of a curve up to an epoch, NaN left out; NaN if there is no other. */
export function bestCost(measure: Measure, { points }: Curve, epoch: number): number {
  let best = NaN;
  for (const point of points) {
    if (point.epoch > epoch) break;
    const cost = costAt(measure, point);
    if (!(cost >= best) && !Number.isNaN(cost)) best = cost;
  }
  return best;
}

/** The point of an epoch; undefined if the curve has none. */
export function pointAt({ points }: Curve, epoch: number): CurvePoint | undefined {
  // Epochs are told one after another from 1 on, so the first look nearly always finds it.
  const expected = points.at(epoch - 1);
  return expected?.epoch === epoch ? expected : points.find((point) => point.epoch === epoch);
}

/** A cost as the value that was measured: `loss 0.25`, `accuracy 0.9`. */
export function describeCost(measure: Measure, cost: number): string {
  return `${measure.name} ${describeValue(measure, cost)}`;
}

/** The same without the name. */
export function describeValue({ goal }: Measure, cost: number): string {
  return formatNumber(goal === 'minimize' ? cost : -cost);
}

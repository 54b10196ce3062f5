/**
 * Bounds that a trial must keep, whatever the others do: the only rule that may stop the best trial, and the only one
 * that is deterministic in every mode, because it looks at nothing else.
 *
 * A loss or NFE that is not finite passes no bound and ends the trial at once. What is not told, such as an accuracy that
 * a task does not have, is not judged.
 */
import { formatNumber } from '../report/format-number.js';
import { costAt, type Measure } from './measure.js';
import type { CurvePoint, Pruner } from './pruner.js';

export interface ThresholdSettings {
  /** The bounds hold from this epoch on. */
  readonly minEpochs: number;
  /** Null: no bound. */
  readonly maxNfe: number | null;
  readonly maxLoss: number | null;
  readonly minAccuracy: { readonly measure: Measure; readonly bound: number } | null;
}

export function createThresholdPruner(settings: ThresholdSettings): Pruner {
  return {
    verdict({ points }) {
      const latest = points.at(-1);
      const fault = latest === undefined ? null : (nonFinite(latest) ?? outOfBounds(latest, settings));
      return fault === null ? null : { code: 'threshold', message: `${fault} at epoch ${latest?.epoch}` };
    },
  };
}

function nonFinite({ loss, nfe }: CurvePoint): string | null {
  if (loss !== null && !Number.isFinite(loss)) return `loss is ${formatNumber(loss)}`;
  return nfe === null || Number.isFinite(nfe) ? null : `nfe is ${formatNumber(nfe)}`;
}

function outOfBounds(point: CurvePoint, { minEpochs, maxNfe, maxLoss, minAccuracy }: ThresholdSettings): string | null {
  const { epoch, nfe, loss } = point;
  if (epoch < minEpochs) return null;
  if (maxNfe !== null && nfe !== null && nfe > maxNfe)
    return `nfe ${formatNumber(nfe)} is above ${formatNumber(maxNfe)}`;
  if (maxLoss !== null && loss !== null && loss > maxLoss)
    return `loss ${formatNumber(loss)} is above ${formatNumber(maxLoss)}`;
  if (minAccuracy === null) return null;
  const accuracy = -costAt(minAccuracy.measure, point);
  return accuracy < minAccuracy.bound
    ? `accuracy ${formatNumber(accuracy)} is below ${formatNumber(minAccuracy.bound)}`
    : null;
}

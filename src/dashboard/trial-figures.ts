/** Figures of a trial as the panes show them. */
import { singleLine } from '../report/display-width.js';
import { formatNumber } from '../report/format-number.js';
import { objectiveValue } from '../sweep/monitor/monitor-objectives.js';
import type { TrialView } from '../sweep/monitor/monitor-trial.js';
import type { ParameterValues } from '../training/trial.js';

/** A completed trial's objective; of any other one, that of its latest epoch. Null where there is none. */
export function currentValue(trial: TrialView, objective: string): number | null {
  const { result, latest: epoch } = trial;
  if (result !== null) return objectiveValue(result, objective);
  if (epoch === null) return null;
  switch (objective) {
    case 'nfe':
      return epoch.nfe;
    case 'loss':
      return epoch.testLoss;
    case 'accuracy':
      return epoch.accuracy;
    default:
      return epoch.metrics?.[objective] ?? null;
  }
}

/**
 * Seconds that the latest attempt has taken; null where it did not run during this run.
 * @param now of the snapshot
 */
export function elapsedSeconds(trial: TrialView, now: number): number | null {
  return trial.startedAt === null ? trial.seconds : (now - trial.startedAt) / 1000;
}

/** The value of one parameter on one line; empty where the trial has none of that name. */
export function parameterText(parameters: ParameterValues, name: string): string {
  if (!Object.hasOwn(parameters, name)) return '';
  const value = parameters[name];
  return typeof value === 'number' ? formatNumber(value) : singleLine(String(value));
}

/** @param share in [0, 1] @returns e.g. `97.3`, empty for null */
export function percentText(share: number | null): string {
  return share === null ? '' : (100 * share).toFixed(1);
}

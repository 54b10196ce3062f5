/**
 * Trained models that were solved again by other settings (`sweep evaluate`), beside the trials on the plane.
 *
 * No evaluation is added while a run holds the database: what there is at its start stays. Only those that no other
 * evaluation beats are drawn, or they would bury the trials.
 */
import { frontier } from '../pareto/frontier.js';
import { objectiveValue } from '../sweep/monitor/monitor-objectives.js';
import type { SweepSnapshot } from '../sweep/monitor/monitor.js';
import type { TrialResult } from '../training/trial.js';

export interface EvaluatedPoint {
  /** Of the trial that trained the model. */
  readonly number: number;
  /** The trial's, with what came out by the other setting. */
  readonly result: TrialResult;
}

export interface EvaluatedPoints {
  /** Where the best of them lie. */
  readonly best: readonly { readonly x: number; readonly y: number }[];
  /** How many settings the model of a trial was solved by, by its number. */
  readonly counts: ReadonlyMap<number, number>;
}

export const noEvaluations: EvaluatedPoints = { best: [], counts: new Map() };

/** Of the trials that are shown: those outside the run's plan are not. */
export function placeEvaluated(
  all: readonly EvaluatedPoint[],
  { trials, objectives: [x, y] }: Pick<SweepSnapshot, 'trials' | 'objectives'>,
): EvaluatedPoints {
  if (all.length === 0) return noEvaluations;
  const shown = new Set(trials.map(({ number }) => number));
  const points = all.filter(({ number }) => shown.has(number));
  const counts = new Map<number, number>();
  for (const { number } of points) counts.set(number, (counts.get(number) ?? 0) + 1);
  const valueOf = ({ result }: EvaluatedPoint, name: string): number => objectiveValue(result, name) ?? Number.NaN;
  const compared = [x, y].map(({ name, goal }) => ({ goal, value: (point: EvaluatedPoint) => valueOf(point, name) }));
  const best = frontier(points, compared).map((point) => ({ x: valueOf(point, x.name), y: valueOf(point, y.name) }));
  return { best, counts };
}

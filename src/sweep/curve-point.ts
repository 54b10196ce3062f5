/** A trial's epoch as a point of its curve: the costs that the trial would be judged by, had it ended there. */
import type { CurvePoint } from '../pruners/pruner.js';
import type { EpochMetrics, TrialResult } from '../training/trial.js';
import { objectiveValue } from './monitor-objectives.js';
import type { Objective } from './store.js';

/** @param trainSeconds of this epoch and all before it */
export function curvePoint(
  { epoch, testLoss: loss, nfe, accuracy, trainLoss, predictSeconds }: EpochMetrics,
  trainSeconds: number,
  objectives: readonly Objective[],
): CurvePoint {
  const soFar = { nfe, loss, accuracy, trainLoss, trainSeconds, predictSeconds, epochs: epoch };
  return { epoch, costs: costsOf(soFar, objectives), nfe, loss };
}

/** What is to be minimised, one per objective; NaN where the result has none. */
export function costsOf(result: TrialResult, objectives: readonly Objective[]): readonly number[] {
  return objectives.map(({ name, goal }) => (goal === 'minimize' ? 1 : -1) * (objectiveValue(result, name) ?? NaN));
}

/** An epoch by a sweep's objectives: what is to be minimised stays, what is to be maximised is negated. */
import { costOf } from '../../pareto/frontier.js';
import type { EpochMetrics } from '../../training/trial.js';
import type { Objective } from '../store.js';

/**
 * @param trainSeconds of all epochs up to this one
 * @returns one number an objective; NaN where an epoch has none
 */
export function epochCosts(
  objectives: readonly Objective[],
  metrics: EpochMetrics,
  trainSeconds: number,
): readonly number[] {
  return objectives.map(({ name, goal }) => costOf(valueOf(name, metrics, trainSeconds), goal));
}

function valueOf(name: string, metrics: EpochMetrics, trainSeconds: number): number | null {
  switch (name) {
    case 'nfe':
      return metrics.nfe ?? NaN;
    case 'loss':
      return metrics.testLoss ?? NaN;
    case 'accuracy':
      return metrics.accuracy;
    case 'train_loss':
      return metrics.trainLoss ?? NaN;
    case 'train_seconds':
      return trainSeconds;
    case 'predict_seconds':
      return metrics.predictSeconds ?? NaN;
    default:
      return metrics.metrics?.[name] ?? null;
  }
}

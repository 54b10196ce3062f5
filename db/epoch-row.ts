/** The metrics of one epoch, as columns and back. */
import type { EpochMetrics } from '../src/training/trial.js';
import { NonfiniteReader, splitMetrics } from './nonfinite.js';
import type { EpochColumns } from './tables.js';

export function epochToRow(metrics: EpochMetrics): EpochColumns {
  return {
    epoch: metrics.epoch,
    ...splitMetrics(
      {
        train_loss: metrics.trainLoss,
        test_loss: metrics.testLoss,
        accuracy: metrics.accuracy,
        nfe: metrics.nfe,
        train_nfe: metrics.trainNfe,
        backward_nfe: metrics.backwardNfe,
        accepted: metrics.accepted,
        rejected: metrics.rejected,
        error_regularizer: metrics.errorRegularizer,
        stiffness_regularizer: metrics.stiffnessRegularizer,
        taylor_regularizer: metrics.taylorRegularizer,
        local_regularizer: metrics.localRegularizer,
        error_weight: metrics.errorWeight,
        stiffness_weight: metrics.stiffnessWeight,
        taylor_weight: metrics.taylorWeight,
        local_weight: metrics.localWeight,
        mean_step: metrics.meanStep,
        train_seconds: metrics.trainSeconds,
        predict_seconds: metrics.predictSeconds,
        memory_bytes: metrics.memoryBytes,
      },
      metrics.metrics,
    ),
  };
}

export function epochFromRow(row: EpochColumns): EpochMetrics {
  const numbers = new NonfiniteReader(row);
  // A task's epochs of before these regularisers had none; another program's have no weights at all.
  const unweighted = row.error_weight === null ? null : 0;
  return {
    epoch: row.epoch,
    trainLoss: numbers.optional('train_loss'),
    testLoss: numbers.optional('test_loss'),
    accuracy: numbers.optional('accuracy'),
    nfe: numbers.optional('nfe'),
    trainNfe: numbers.optional('train_nfe'),
    backwardNfe: numbers.optional('backward_nfe'),
    accepted: numbers.optional('accepted'),
    rejected: numbers.optional('rejected'),
    errorRegularizer: numbers.optional('error_regularizer'),
    stiffnessRegularizer: numbers.optional('stiffness_regularizer'),
    taylorRegularizer: numbers.optional('taylor_regularizer'),
    localRegularizer: numbers.optional('local_regularizer'),
    errorWeight: numbers.optional('error_weight'),
    stiffnessWeight: numbers.optional('stiffness_weight'),
    taylorWeight: numbers.optional('taylor_weight') ?? unweighted,
    localWeight: numbers.optional('local_weight') ?? unweighted,
    meanStep: numbers.optional('mean_step'),
    trainSeconds: numbers.optional('train_seconds'),
    predictSeconds: numbers.optional('predict_seconds'),
    memoryBytes: numbers.optional('memory_bytes'),
    ...numbers.metrics(),
  };
}

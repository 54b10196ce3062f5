/** The metrics of one epoch, as columns and back. */
import type { EpochMetrics } from '../src/training/trial.js';
import { NonfiniteReader, splitNonfinite } from './nonfinite.js';
import type { EpochColumns } from './tables.js';

export function epochToRow(metrics: EpochMetrics): EpochColumns {
  return {
    epoch: metrics.epoch,
    ...splitNonfinite({
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
    }),
  };
}

export function epochFromRow(row: EpochColumns): EpochMetrics {
  const numbers = new NonfiniteReader(row);
  return {
    epoch: row.epoch,
    trainLoss: numbers.required('train_loss'),
    testLoss: numbers.required('test_loss'),
    accuracy: numbers.optional('accuracy'),
    nfe: numbers.required('nfe'),
    trainNfe: numbers.required('train_nfe'),
    backwardNfe: numbers.required('backward_nfe'),
    accepted: numbers.required('accepted'),
    rejected: numbers.required('rejected'),
    errorRegularizer: numbers.required('error_regularizer'),
    stiffnessRegularizer: numbers.required('stiffness_regularizer'),
    taylorRegularizer: numbers.optional('taylor_regularizer'),
    localRegularizer: numbers.optional('local_regularizer'),
    errorWeight: numbers.required('error_weight'),
    stiffnessWeight: numbers.required('stiffness_weight'),
    // Epochs of before these regularisers had none.
    taylorWeight: numbers.optional('taylor_weight') ?? 0,
    localWeight: numbers.optional('local_weight') ?? 0,
    meanStep: numbers.required('mean_step'),
    trainSeconds: numbers.required('train_seconds'),
    predictSeconds: numbers.required('predict_seconds'),
    memoryBytes: numbers.required('memory_bytes'),
  };
}

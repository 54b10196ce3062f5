/** A completed trial's result and an ended attempt's reason, as columns and back. */
import type { TrialReason, TrialResult } from '../src/training/trial.js';
import { NonfiniteReader, splitMetrics } from './nonfinite.js';
import type { ReasonColumns, ResultColumns } from './tables.js';

/** What `resultFromRow` reads. */
export const resultColumns = [
  'nfe',
  'loss',
  'accuracy',
  'train_loss',
  'train_seconds',
  'predict_seconds',
  'epochs',
  'metrics',
  'nonfinite',
] as const satisfies readonly (keyof ResultColumns)[];

export function resultToRow(result: TrialResult): ResultColumns {
  return {
    ...splitMetrics(
      {
        nfe: result.nfe,
        loss: result.loss,
        accuracy: result.accuracy,
        train_loss: result.trainLoss,
        train_seconds: result.trainSeconds,
        predict_seconds: result.predictSeconds,
      },
      result.metrics,
    ),
    epochs: result.epochs,
  };
}

/** Of a trial that did not complete. */
export const noResult: ResultColumns = {
  nfe: null,
  loss: null,
  accuracy: null,
  train_loss: null,
  train_seconds: null,
  predict_seconds: null,
  metrics: null,
  nonfinite: null,
  epochs: null,
};

/** Of an attempt that completed, or was only interrupted. */
export const noReason: ReasonColumns = {
  reason_code: null,
  reason_message: null,
  reason_detail: null,
  reason_epoch: null,
  reason_iteration: null,
};

/** Null unless the row is of a completed trial, which is when `epochs` is set (a CHECK of the table). */
export function resultFromRow(row: ResultColumns): TrialResult | null {
  if (row.epochs === null) return null;
  const { nfe, loss, accuracy, train_loss: trainLoss, train_seconds: trainSeconds, epochs } = row;
  // Nearly all are so; of 100,000 that counts.
  if (row.nonfinite === null && row.metrics === null && loss !== null) {
    return { nfe, loss, accuracy, trainLoss, trainSeconds, predictSeconds: row.predict_seconds, epochs };
  }
  const numbers = new NonfiniteReader(row);
  return {
    nfe: numbers.optional('nfe'),
    loss: numbers.required('loss'),
    accuracy: numbers.optional('accuracy'),
    trainLoss: numbers.optional('train_loss'),
    trainSeconds: numbers.optional('train_seconds'),
    predictSeconds: numbers.optional('predict_seconds'),
    epochs,
    ...numbers.metrics(),
  };
}

export function reasonToRow(reason: TrialReason): ReasonColumns {
  return {
    reason_code: reason.code,
    reason_message: reason.message,
    reason_detail: reason.detail ?? null,
    reason_epoch: reason.epoch ?? null,
    reason_iteration: reason.iteration ?? null,
  };
}

export function reasonFromRow(row: ReasonColumns): TrialReason | null {
  if (row.reason_code === null) return null;
  return {
    code: row.reason_code,
    message: row.reason_message ?? '',
    ...(row.reason_detail === null ? {} : { detail: row.reason_detail }),
    ...(row.reason_epoch === null ? {} : { epoch: row.reason_epoch }),
    ...(row.reason_iteration === null ? {} : { iteration: row.reason_iteration }),
  };
}

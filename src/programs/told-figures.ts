/**
 * From the figures that a program tells to those of an epoch and of a result.
 *
 * Our own names – those of the columns of the views – go where a task's figures go; every other name is kept as it is.
 * What is not told stays null: nothing is made up.
 */
import type { EpochMetrics, TrialResult } from '../training/trial.js';
import type { Figures } from './told-line.js';

type EpochFigure = Exclude<keyof EpochMetrics, 'epoch' | 'metrics'>;

const epochNames: Readonly<Record<string, EpochFigure>> = {
  loss: 'testLoss',
  test_loss: 'testLoss',
  train_loss: 'trainLoss',
  accuracy: 'accuracy',
  nfe: 'nfe',
  train_nfe: 'trainNfe',
  backward_nfe: 'backwardNfe',
  accepted: 'accepted',
  rejected: 'rejected',
  error_regularizer: 'errorRegularizer',
  stiffness_regularizer: 'stiffnessRegularizer',
  taylor_regularizer: 'taylorRegularizer',
  local_regularizer: 'localRegularizer',
  error_weight: 'errorWeight',
  stiffness_weight: 'stiffnessWeight',
  taylor_weight: 'taylorWeight',
  local_weight: 'localWeight',
  mean_step: 'meanStep',
  train_seconds: 'trainSeconds',
  predict_seconds: 'predictSeconds',
  memory_bytes: 'memoryBytes',
};

const untold = Object.fromEntries(Object.values(epochNames).map((name) => [name, null])) as Readonly<
  Record<EpochFigure, null>
>;

export function epochOf(epoch: number, figures: Figures): EpochMetrics {
  const known = Object.entries(figures).flatMap(([name, value]) =>
    Object.hasOwn(epochNames, name) ? [[epochNames[name], value] as const] : [],
  );
  return { epoch, ...untold, ...Object.fromEntries(known), ...ownMetrics(figures, epochNames) };
}

const resultNames = ['nfe', 'loss', 'test_loss', 'accuracy', 'train_loss', 'train_seconds', 'predict_seconds'];
const resultFigures = Object.fromEntries(resultNames.map((name) => [name, name]));

/**
 * The result, where a loss was told.
 * @param told of the line `result`; null if there was none: then what the epochs say counts
 * @param trainSeconds sum over the epochs that told it; null if none did
 */
export function resultOf(
  told: Figures | null,
  last: EpochMetrics | null,
  trainSeconds: number | null,
): TrialResult | null {
  const { loss = told?.test_loss ?? last?.testLoss ?? null } = told ?? {};
  if (loss === null) return null;
  const own = { ...last?.metrics, ...ownMetrics(told ?? {}, resultFigures).metrics };
  return {
    nfe: told?.nfe ?? last?.nfe ?? null,
    loss,
    accuracy: told?.accuracy ?? last?.accuracy ?? null,
    trainLoss: told?.train_loss ?? last?.trainLoss ?? null,
    trainSeconds: told?.train_seconds ?? trainSeconds,
    predictSeconds: told?.predict_seconds ?? last?.predictSeconds ?? null,
    epochs: last?.epoch ?? 0,
    ...(Object.keys(own).length === 0 ? {} : { metrics: own }),
  };
}

function ownMetrics(figures: Figures, known: object): Pick<EpochMetrics, 'metrics'> {
  const own = Object.entries(figures).filter(([name]) => !Object.hasOwn(known, name));
  return own.length === 0 ? {} : { metrics: Object.fromEntries(own) };
}

/** Reads objectives off a result, and picks the two that a plane can show. */
import type { TrialResult } from '../training/trial.js';
import type { Objective } from './store.js';

const columns: ReadonlyMap<string, (result: TrialResult) => number | null> = new Map([
  ['nfe', (result: TrialResult) => result.nfe],
  ['loss', (result: TrialResult) => result.loss],
  ['accuracy', (result: TrialResult) => result.accuracy],
  ['train_loss', (result: TrialResult) => result.trainLoss],
  ['train_seconds', (result: TrialResult) => result.trainSeconds],
  ['predict_seconds', (result: TrialResult) => result.predictSeconds],
]);

/** The value of the objective called `name`; null where the result has none (accuracy of a regression, an unknown name). */
export function objectiveValue(result: TrialResult, name: string): number | null {
  return columns.get(name)?.(result) ?? null;
}

/** The sweep's first two objectives; what is missing is filled up with NFE and loss. */
export function comparedObjectives(declared: readonly Objective[]): readonly [Objective, Objective] {
  const first = declared.at(0);
  const second = declared.at(1);
  const nfe = { name: 'nfe', goal: 'minimize' } as const;
  const loss = { name: 'loss', goal: 'minimize' } as const;
  if (first === undefined) return [nfe, loss];
  if (second !== undefined) return [first, second];
  return first.name === 'nfe' ? [first, loss] : [nfe, first];
}

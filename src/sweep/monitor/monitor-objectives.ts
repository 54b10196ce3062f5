/** Reads objectives off a result, and picks the two that a plane can show. */
import { costOf } from '../../pareto/frontier.js';
import type { TrialResult } from '../../training/trial.js';
import type { Objective } from '../store.js';

/** What a sweep of a task may be judged by; names are those of the SQL views. Other programs have metrics of their own. */
export const objectiveNames = ['nfe', 'loss', 'accuracy', 'train_loss', 'train_seconds', 'predict_seconds'] as const;

/** As many as the SQL views compare; with more than a few, nearly every trial is on the frontier. */
export const mostObjectives = 8;

const values: Readonly<Record<(typeof objectiveNames)[number], (result: TrialResult) => number | null>> = {
  nfe: (result) => result.nfe,
  loss: (result) => result.loss,
  accuracy: (result) => result.accuracy,
  train_loss: (result) => result.trainLoss,
  train_seconds: (result) => result.trainSeconds,
  predict_seconds: (result) => result.predictSeconds,
};

/** The value of the objective called `name`; null where the result has none (accuracy of a regression, what a program did not tell). */
export function objectiveValue(result: TrialResult, name: string): number | null {
  const known = objectiveNames.find((objective) => objective === name);
  return known === undefined ? (result.metrics?.[name] ?? null) : values[known](result);
}

/** Lower is better; NaN where the result has no such value. */
export function costsOf(result: TrialResult, objectives: readonly Objective[]): readonly number[] {
  return objectives.map(({ name, goal }) => costOf(objectiveValue(result, name), goal));
}

/** Mean costs of several results of a setting; null where there is none, or one lacks an objective. */
export function meanCosts(results: readonly TrialResult[], objectives: readonly Objective[]): readonly number[] | null {
  const costs = results.map((result) => costsOf(result, objectives));
  const means = objectives.map((_, index) => costs.reduce((sum, cost) => sum + cost[index], 0) / costs.length);
  return means.every(Number.isFinite) ? means : null;
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

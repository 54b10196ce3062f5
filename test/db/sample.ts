/** Plausible values to store, for tests. */
import { createHash } from 'node:crypto';
import type { Cell } from '../../src/sweep/cell.js';
import type { Evaluation, EvaluationEnd } from '../../src/sweep/evaluation/evaluation.js';
import type { AttemptOrigin } from '../../src/sweep/run-origin.js';
import type { AttemptEnd, SweepDeclaration } from '../../src/sweep/store.js';
import type { EvaluationResult } from '../../src/training/evaluation.js';
import type { EpochMetrics, ParameterValues, TrialEnvironment, TrialResult } from '../../src/training/trial.js';

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

export function sampleCell(parameters: ParameterValues = {}): Cell {
  const { seed, ...others } = { atol: 1e-6, error_weight: 0, rtol: 1e-3, seed: 1, solver: 'tsit5', ...parameters };
  return { hash: hash({ seed, ...others }), group: hash(others), parameters: { ...others, seed } };
}

/** Cells that differ in their error weight. */
export function sampleCells(count: number): readonly Cell[] {
  return Array.from({ length: count }, (_, index) => sampleCell({ error_weight: index }));
}

export const sampleDeclaration: SweepDeclaration = {
  name: 'spiral',
  task: 'spiral-ode',
  seed: 7,
  objectives: [
    { name: 'nfe', goal: 'minimize' },
    { name: 'loss', goal: 'minimize' },
  ],
  axes: ['error_weight', 'rtol'],
  specification: '{"name":"spiral"}',
};

export const sampleOrigin: AttemptOrigin = {
  host: 'lab',
  pid: 4242,
  programVersion: '0.1.0',
  gitRevision: '0123abc',
  gitDirty: false,
};

export const sampleEnvironment: TrialEnvironment = {
  engine: 'kernels',
  dtype: 'f32',
  device: 'WebAssembly SIMD, 1 thread',
  versions: { paretode: '0.1.0' },
  modelParameters: 252,
  choices: null,
};

export function sampleEpoch(epoch: number, changes: Partial<EpochMetrics> = {}): EpochMetrics {
  return {
    epoch,
    trainLoss: 0.3,
    testLoss: 0.4,
    accuracy: null,
    nfe: 62.5,
    trainNfe: 80.25,
    backwardNfe: 160,
    accepted: 12,
    rejected: 1.5,
    errorRegularizer: 1e-4,
    stiffnessRegularizer: 2.5,
    taylorRegularizer: null,
    localRegularizer: null,
    errorWeight: 10,
    stiffnessWeight: 0,
    taylorWeight: 0,
    localWeight: 0,
    meanStep: 0.125,
    trainSeconds: 1.75,
    predictSeconds: 0.5,
    memoryBytes: 5_000_000_000,
    ...changes,
  };
}

export const sampleResult: TrialResult = {
  nfe: 62.5,
  loss: 0.4,
  accuracy: 0.875,
  trainLoss: 0.3,
  trainSeconds: 3.5,
  predictSeconds: 0.5,
  epochs: 2,
};

export function completedWith(changes: Partial<TrialResult> = {}): AttemptEnd {
  return { state: 'completed', result: { ...sampleResult, ...changes }, modelFile: null };
}

export function sampleEvaluation(
  changed: ParameterValues,
  end: Partial<EvaluationResult> | Extract<EvaluationEnd, { readonly state: 'unsolved' | 'failed' }> = {},
): Evaluation {
  const { engine, dtype, device, versions, choices } = sampleEnvironment;
  const result = { nfe: 20, loss: 0.5, accuracy: null, accepted: 3, rejected: 0.5, predictSeconds: 0.01, ...end };
  return {
    setting: { hash: hash(changed), changed },
    origin: sampleOrigin,
    environment: { engine, dtype, device, versions, choices },
    end: 'state' in end ? end : { state: 'solved', result },
  };
}

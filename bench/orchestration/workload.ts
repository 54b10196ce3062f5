/**
 * What the threads of these benches run in place of training: sleeps, tells epochs, completes. Everything around it –
 * coordinator, dispatcher, channel, store – is what `sweep run` has.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EpochMetrics, TrialOutcome } from '../../src/training/trial.js';
import { trialHooks, type TrialTask } from '../../src/training/trial-channel.js';

export default async function workload(task: TrialTask): Promise<TrialOutcome> {
  const { milliseconds, epochs, seed } = task.request.parameters as Readonly<Record<string, number>>;
  if (milliseconds > 0) await sleep(milliseconds);
  const hooks = trialHooks(task);
  for (let epoch = 1; epoch <= epochs; epoch += 1) hooks.tell({ kind: 'epoch', metrics: metricsOf(epoch, seed) });
  const result = {
    nfe: 10 + (seed % 997),
    loss: 1 / (1 + (seed % 991)),
    accuracy: null,
    trainLoss: 0.5,
    trainSeconds: milliseconds / 1000,
    predictSeconds: 0,
    epochs,
  };
  return { state: 'completed', result, model: { parameters: Float64Array.of(seed) } };
}

function metricsOf(epoch: number, seed: number): EpochMetrics {
  return {
    epoch,
    trainLoss: seed / epoch,
    testLoss: seed / (epoch + 1),
    accuracy: 0.5,
    nfe: 62.5,
    trainNfe: 80.25,
    backwardNfe: 160.5,
    accepted: 12.5,
    rejected: 1.5,
    errorRegularizer: 1e-4,
    stiffnessRegularizer: 2.5,
    taylorRegularizer: null,
    localRegularizer: null,
    errorWeight: 10,
    stiffnessWeight: 0.5,
    taylorWeight: 0,
    localWeight: 0,
    meanStep: 0.125,
    trainSeconds: 1.75,
    predictSeconds: 0.5,
    memoryBytes: 5_000_000_000,
  };
}

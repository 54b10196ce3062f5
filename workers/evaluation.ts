/**
 * What a worker thread runs to solve a trained model again: wiring only.
 *
 * Invariant: it never rejects, as `workers/trial.ts` says.
 */
import { evaluateModel } from '../src/training/evaluate-model.js';
import type { EvaluationOutcome, EvaluationRequest } from '../src/training/evaluation.js';
import { failureReason } from '../src/training/failure-reason.js';
import { printAside } from '../src/tasks/print-aside.js';
import { trialHooks, type TrialTask } from '../src/training/trial-channel.js';

printAside();

export default async function evaluation(task: TrialTask<EvaluationRequest>): Promise<EvaluationOutcome> {
  try {
    return await evaluateModel(task.request, trialHooks(task));
  } catch (thrown) {
    return { state: 'failed', reason: failureReason(thrown) };
  }
}

/**
 * What a worker thread runs for one trial: wiring only.
 *
 * Invariant: it never rejects. What training throws becomes a `failed` outcome here, because on the
 * way through a thread boundary an error loses everything but its message and stack.
 */
import { failureReason } from '../src/training/failure-reason.js';
import { printAside } from '../src/tasks/print-aside.js';
import { runTrial } from '../src/training/run-trial.js';
import type { TrialOutcome } from '../src/training/trial.js';
import { trialHooks, type TrialTask } from '../src/training/trial-channel.js';

printAside();

export default async function trial(task: TrialTask): Promise<TrialOutcome> {
  try {
    return await runTrial(task.request, trialHooks(task));
  } catch (thrown) {
    return { state: 'failed', reason: failureReason(thrown) };
  }
}

/**
 * What the supervisor of another program runs for one trial: wiring only.
 *
 * Invariant: it never rejects, as `trial.ts`.
 */
import { runProgram } from '../src/programs/run-program.js';
import { failureReason } from '../src/training/failure-reason.js';
import type { TrialOutcome } from '../src/training/trial.js';
import { trialHooks, type TrialTask } from '../src/training/trial-channel.js';

export default async function trial(task: TrialTask): Promise<TrialOutcome> {
  const { program } = task.request;
  try {
    if (program === undefined) throw new Error('The trial is no other program.');
    return await runProgram(program, trialHooks(task));
  } catch (thrown) {
    return { state: 'failed', reason: failureReason(thrown) };
  }
}

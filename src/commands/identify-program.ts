/** The code that a run of the plan would be by; of trials that are other programs, their folder's. */
import type { CurrentProgram } from '../sweep/plan/plan-comparison.js';
import type { AttemptOrigin } from '../sweep/run-origin.js';
import { taskFingerprint } from '../tasks/index.js';
import type { RunnablePlan } from './load-plan.js';

export async function identifyProgram(
  origin: AttemptOrigin,
  { taskModule }: Pick<RunnablePlan, 'taskModule'>,
): Promise<CurrentProgram> {
  const fingerprint = taskModule === undefined ? null : await taskFingerprint(taskModule);
  return { ...origin, taskModule: fingerprint, ownCode: fingerprint !== null || taskModule === undefined };
}

/** The code that a run of the plan would be by; of trials that are other programs, their folder's. */
import { describeOrigin } from '../sweep/run-origin.js';
import type { CurrentProgram } from '../sweep/plan/plan-comparison.js';
import { taskFingerprint } from '../tasks/index.js';
import type { RunnablePlan } from './load-plan.js';

export async function identifyProgram(
  version: string,
  { folder, taskModule }: Pick<RunnablePlan, 'folder' | 'taskModule'>,
): Promise<CurrentProgram> {
  const [origin, fingerprint] = await Promise.all([
    describeOrigin(version, folder),
    taskModule === undefined ? null : taskFingerprint(taskModule),
  ]);
  return { ...origin, taskModule: fingerprint, ownCode: fingerprint !== null || taskModule === undefined };
}

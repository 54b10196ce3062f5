/** The code that a run of the plan would be by. */
import { describeOrigin } from '../sweep/run-origin.js';
import type { ProgramIdentity } from '../sweep/plan-comparison.js';
import { taskFingerprint } from '../tasks/index.js';

export async function identifyProgram(version: string, taskModule: string): Promise<ProgramIdentity> {
  const [origin, fingerprint] = await Promise.all([describeOrigin(version), taskFingerprint(taskModule)]);
  return { ...origin, taskModule: fingerprint };
}

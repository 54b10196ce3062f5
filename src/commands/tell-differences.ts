/** Tells who resumes a sweep what differs from what is stored: results of another file or other code never mix silently. */
import { openReader } from '../../db/index.js';
import { formatComparison } from '../report/format-comparison.js';
import { comparePlan, requireSameSearch } from '../sweep/plan/plan-comparison.js';
import type { AttemptOrigin } from '../sweep/store.js';
import type { CommandContext } from './command-context.js';
import { identifyProgram } from './identify-program.js';
import type { RunnablePlan } from './load-plan.js';

/**
 * @param path of a database that exists
 * @param origin of the run that is to be
 * @throws UserError where the plan learns from its trials, and what is stored was chosen by another search
 */
export async function tellDifferences(
  context: CommandContext,
  plan: RunnablePlan,
  path: string,
  origin: AttemptOrigin,
): Promise<void> {
  const reader = await openReader(path);
  try {
    const { name } = plan.declaration;
    const outline = await reader.outline(name);
    if (outline === null) return;
    requireSameSearch(plan, outline);
    const program = await identifyProgram(origin, plan);
    for (const line of formatComparison(comparePlan(plan, program, outline), program)) {
      context.stderr.write(`Differs from the stored sweep ${name}: ${line}\n`);
    }
  } finally {
    await reader.close();
  }
}

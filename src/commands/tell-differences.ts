/** Tells who resumes a sweep what differs from what is stored: results of another file or other code never mix silently. */
import { formatComparison } from '../report/format-comparison.js';
import { comparePlan, requireSameSearch } from '../sweep/plan/plan-comparison.js';
import type { AwaitedSweep } from '../sweep/monitor/monitor.js';
import type { AttemptOrigin } from '../sweep/run-origin.js';
import type { CommandContext } from './command-context.js';
import { identifyProgram } from './identify-program.js';
import type { RunnablePlan } from './load-plan.js';
import { readComparedSweep } from './stored-sweep.js';

/**
 * @returns how the plan stands before the run
 * @param path of a database that exists
 * @param origin of the run that is to be
 * @throws UserError where the plan learns from its trials, and what is stored was chosen by another search
 */
export async function tellDifferences(
  context: CommandContext,
  plan: RunnablePlan,
  path: string,
  origin: AttemptOrigin,
): Promise<AwaitedSweep> {
  const { name, task } = plan.declaration;
  const stored = await readComparedSweep(path, plan);
  if (stored === null) return { name, task, trials: plan.cells.length, ended: 0 };
  requireSameSearch(plan, stored);
  const program = await identifyProgram(origin, plan);
  const comparison = comparePlan(plan, program, stored);
  for (const line of formatComparison(comparison, program)) {
    context.stderr.write(`Differs from the stored sweep ${name}: ${line}\n`);
  }
  return { name, task, trials: comparison.kept + comparison.added, ended: comparison.ended };
}

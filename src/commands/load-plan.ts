/** From a sweep file and overrides to a plan; warnings go to standard error. */
import { dirname, resolve } from 'node:path';
import { planSweep, type Plan } from '../sweep/plan.js';
import { loadSpecification } from '../sweep/specification/load-specification.js';
import { loadTask } from '../tasks/index.js';
import type { CommandContext } from './command-context.js';

export async function loadPlan({ stderr }: CommandContext, file: string, overrides: readonly string[]): Promise<Plan> {
  const specification = loadSpecification(file, overrides);
  const name = taskModule(specification.task, file);
  const plan = planSweep(specification, await loadTask(name), name);
  for (const warning of plan.warnings) stderr.write(`Warning: ${warning}\n`);
  return plan;
}

/** A path in a sweep file is relative to the file; anything else is the name of a built-in task. */
function taskModule(task: string, file: string): string {
  return /^\.{0,2}\//.test(task) ? resolve(dirname(file), task) : task;
}

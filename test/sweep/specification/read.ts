/** Sweep files as text, read and planned as the commands do it. */
import { UserError } from '../../../src/errors.js';
import { planSweep, type Plan } from '../../../src/sweep/plan/plan.js';
import { parseSpecification, type SweepSpecification } from '../../../src/sweep/specification/load-specification.js';
import { spiralNode } from '../../../src/tasks/spiral-node.js';

export const file = 'sweep.yaml';

export function read(text: string, overrides: readonly string[] = []): SweepSpecification {
  return parseSpecification(text, { file, overrides });
}

export function plan(text: string, overrides: readonly string[] = []): Plan {
  return planSweep(read(text, overrides), spiralNode);
}

/** A sweep of the spiral with one parameter. */
export const sweepOf = (parameter: string): string => `task: spiral-node\nparameters:\n  ${parameter}\n`;

/** What the user is told; fails if nothing is. */
export function complaint(text: string, overrides: readonly string[] = []): string {
  try {
    plan(text, overrides);
  } catch (error) {
    if (error instanceof UserError) return [error.message, error.hint ?? ''].join('\n').trimEnd();
    throw error;
  }
  throw new Error(`Nothing is wrong with:\n${text}`);
}

/** The values of a parameter over the cells of a plan, in order. */
export function column({ cells }: Plan, name: string): unknown[] {
  return cells.map(({ parameters }) => parameters[name]);
}

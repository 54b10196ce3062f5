/** Trials that are other programs take the parameters that the sweep file names, whatever they are. */
import { z } from 'zod';
import type { PlannableTask } from './plannable-task.js';
import type { SweepSpecification } from '../specification/load-specification.js';

const scalar = z.union([z.number(), z.string(), z.boolean()]);

/** Its name, and so the identity of its cells, is the command's text. */
export function freeTask({ task, domains }: Pick<SweepSpecification, 'task' | 'domains'>): PlannableTask {
  const shape = Array.from(domains, ([name, domain]) => {
    const [first] = domain.kind === 'values' ? domain.values : [domain.min];
    return [name, scalar.default(first)] as const;
  });
  return { name: task, parameters: z.object(Object.fromEntries(shape)) as unknown as PlannableTask['parameters'] };
}

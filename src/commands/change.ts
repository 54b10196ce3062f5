/** What `sweep change` does to a run: more or fewer workers, another end, further trials. */
import { countOf } from '../report/count-of.js';
import type { ControlReply, ControlRequest } from '../sweep/control/protocol.js';
import type { SweepRun } from '../sweep/coordinator/coordinator.js';
import type { Cell } from '../sweep/cell.js';

export type ChangeRequest = Extract<ControlRequest, { readonly command: 'change' }>;

/** @param plan cells of points @throws UserError where one of the points does not fit */
export async function changeRun(
  run: SweepRun,
  { workers, maxSeconds, add }: ChangeRequest,
  plan: (points: readonly string[]) => Promise<readonly Cell[]>,
): Promise<ControlReply> {
  // What may be refused comes first: either everything is done or nothing.
  const cells = add.length === 0 ? [] : await plan(add);
  const done: string[] = [];
  if (cells.length > 0) {
    const added = await run.add(cells);
    const numbers = added.map(({ number }) => `#${number}`).join(' ');
    const known = cells.length - added.length;
    if (added.length > 0) done.push(`${countOf(added.length, 'trial')} added: ${numbers}`);
    if (known > 0)
      done.push(`${countOf(known, 'point')} stored already: nothing added for ${known === 1 ? 'it' : 'them'}`);
  }
  if (workers !== null) run.setWorkers(workers);
  if (workers !== null) done.push(`${countOf(workers, 'worker')} from now on`);
  if (maxSeconds !== null) run.setMaxTime(maxSeconds);
  if (maxSeconds !== null) done.push(`no trial starts later than ${maxSeconds} s after the start of the run`);
  return { done: true, message: `${done.join('; ')}.` };
}

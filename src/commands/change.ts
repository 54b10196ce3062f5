/** `sweep change`: another terminal gives a run more or fewer workers, another end, further trials. */
import type { Command } from 'commander';
import { UserError } from '../errors.js';
import { countOf } from '../report/count-of.js';
import type { ControlReply, ControlRequest } from '../sweep/control/protocol.js';
import type { SweepRun } from '../sweep/coordinator/coordinator.js';
import type { Cell } from '../sweep/cell.js';
import type { DatabaseOptions } from './command-context.js';
import { parsePositiveInteger, parseSeconds } from './parse-number.js';

export type ChangeRequest = Extract<ControlRequest, { readonly command: 'change' }>;

interface ChangeOptions extends DatabaseOptions {
  readonly workers?: number;
  readonly maxTime?: number;
  readonly add?: readonly string[];
}

/** @param command `change` with what all commands of control have */
export function defineChange(
  command: Command,
  ask: (options: DatabaseOptions, request: ControlRequest) => Promise<void>,
): void {
  command
    .argument('[sweep]', 'its name, to be sure')
    .option('--workers <n>', 'trials at a time; where it is fewer, running ones finish', parsePositiveInteger)
    .option('--max-time <time>', 'start no trial after so long since the start of the run, e.g. 10m, 8h', parseSeconds)
    .option('--add <points...>', 'further trials: the rest of a point is as in the sweep, else the task’s default')
    .action((name: string | undefined, { workers, maxTime, add, ...options }: ChangeOptions) => {
      if (workers === undefined && maxTime === undefined && add === undefined) {
        throw new UserError('usage', 'Nothing to change was given.', { hint: 'Give --workers, --max-time or --add.' });
      }
      return ask(options, {
        command: 'change',
        sweep: name ?? null,
        workers: workers ?? null,
        maxSeconds: maxTime ?? null,
        add: [...(add ?? [])],
      });
    });
}

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

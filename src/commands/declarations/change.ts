/** `sweep change`: another terminal gives a run more or fewer workers, another end, further trials. */
import type { Command } from 'commander';
import { UserError } from '../../errors.js';
import type { ControlRequest } from '../../sweep/control/protocol.js';
import type { DatabaseOptions } from '../command-context.js';
import { parsePositiveInteger, parseSeconds } from './parse-number.js';

interface ChangeOptions extends DatabaseOptions {
  readonly workers?: number;
  readonly maxTime?: number;
  readonly add?: readonly string[];
}

/** @param command `change` with what all commands of control have */
export function declareChange(
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

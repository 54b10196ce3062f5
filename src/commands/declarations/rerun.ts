/** `sweep rerun SWEEP TRIAL…`. */
import type { Command } from 'commander';
import type { CommandContext, CommandEnd } from '../command-context.js';
import type { RerunOptions } from '../rerun.js';
import { collectPositiveIntegers } from './parse-number.js';

export function declareRerun(program: Command, context: CommandContext, end: (end: CommandEnd) => void): void {
  program
    .command('rerun')
    .summary('compute completed trials once more: do the same numbers come out?')
    .argument('<sweep>', 'name of a sweep')
    .argument('<trials...>', 'numbers of completed trials', collectPositiveIntegers)
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .option('--task <path>', 'the task’s module, for a sweep whose task is not built in')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Nothing is stored. To run again what did not complete: sweep run FILE --retry failed,timed_out
Exit code 1 if any number differs.

Examples:
  sweep rerun quickstart 7
  sweep rerun mine 1 2 3 --task ./my-task.js`,
    )
    .action(async (name: string, trials: readonly number[], options: RerunOptions) => {
      const { rerun } = await import('../rerun.js');
      end(await rerun(context, name, trials, options));
    });
}

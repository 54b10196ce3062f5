/** `sweep show SWEEP [TRIAL]`. */
import type { Command } from 'commander';
import type { CommandContext, DatabaseOptions } from '../command-context.js';
import { parsePositiveInteger } from './parse-number.js';

export function declareShow(program: Command, context: CommandContext): void {
  program
    .command('show')
    .summary('everything about a sweep, or about one of its trials')
    .argument('<sweep>', 'name of a sweep')
    .argument('[trial]', 'number of a trial', parsePositiveInteger)
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExamples:\n  sweep show quickstart\n  sweep show quickstart 7')
    .action(async (name: string, trial: number | undefined, options: DatabaseOptions) => {
      const { show } = await import('../show.js');
      await show(context, name, trial, options);
    });
}

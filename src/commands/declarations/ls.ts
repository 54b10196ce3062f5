/** `sweep ls`. */
import type { Command } from 'commander';
import type { CommandContext, DatabaseOptions } from '../command-context.js';

export function declareLs(program: Command, context: CommandContext): void {
  program
    .command('ls')
    .summary('list the sweeps of a database')
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExamples:\n  sweep ls\n  sweep ls --db mnist.sqlite --json')
    .action(async (options: DatabaseOptions) => {
      const { listSweeps } = await import('../ls.js');
      await listSweeps(context, options);
    });
}

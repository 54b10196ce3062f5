/** `sweep doctor`. */
import type { Command } from 'commander';
import type { CommandContext, DatabaseOptions } from '../command-context.js';

export function declareDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .summary('what works on this machine: engines, data, database')
    .option('--db <path>', 'database to look at (default: $SWEEP_DB or ./sweeps.sqlite)')
    .option('--json', 'one JSON document')
    .action(async (options: DatabaseOptions) => {
      const { examine } = await import('../doctor.js');
      await examine(context, options);
    });
}

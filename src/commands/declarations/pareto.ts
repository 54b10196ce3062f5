/** `sweep pareto [SWEEP]`. */
import { Option, type Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import type { ParetoOptions } from '../pareto.js';

export function declarePareto(program: Command, context: CommandContext): void {
  program
    .command('pareto')
    .summary('the Pareto frontier of a sweep')
    .description('Prints the frontier of a sweep’s objectives (by default NFE against loss, both minimised).')
    .argument('[sweep]', 'name of a sweep (default: the latest)')
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .addOption(
      new Option('--seeds <how>', 'average the repeats of a cell, or compare single trials')
        .choices(['aggregate', 'each'])
        .default('each'),
    )
    .option('--evaluated', 'trained models solved again (`sweep evaluate`) among the trials, marked by `source`')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  sweep pareto quickstart\n  sweep pareto quickstart --seeds aggregate --json\n  sweep pareto quickstart --evaluated',
    )
    .action(async (name: string | undefined, options: ParetoOptions) => {
      const { showFrontier } = await import('../pareto.js');
      await showFrontier(context, name, options);
    });
}

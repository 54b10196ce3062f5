/** `sweep trials [SWEEP]`. */
import { Option, type Command } from 'commander';
import { trialStates } from '../../sweep/trial-state.js';
import type { CommandContext } from '../command-context.js';
import type { TrialsOptions } from '../trials.js';

export function declareTrials(program: Command, context: CommandContext): void {
  program
    .command('trials')
    .summary('list the trials of a sweep')
    .argument('[sweep]', 'name of a sweep (default: the latest)')
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .addOption(new Option('--state <state>', 'only trials in this state').choices(trialStates))
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExamples:\n  sweep trials quickstart\n  sweep trials quickstart --state failed --json')
    .action(async (name: string | undefined, options: TrialsOptions) => {
      const { listTrials } = await import('../trials.js');
      await listTrials(context, name, options);
    });
}

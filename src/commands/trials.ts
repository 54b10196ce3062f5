/** `sweep trials [SWEEP]`: one row a trial. */
import { Option, type Command } from 'commander';
import { formatTable } from '../report/format-table.js';
import { trialStates, type TrialState } from '../sweep/trial-state.js';
import { tableOptions, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { namedSweep } from './named-sweep.js';
import { withReader } from './with-reader.js';

interface TrialsOptions extends DatabaseOptions {
  readonly state?: TrialState;
}

export function addTrialsCommand(program: Command, context: CommandContext): void {
  program
    .command('trials')
    .summary('list the trials of a sweep')
    .argument('[sweep]', 'name of a sweep (default: the latest)')
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .addOption(new Option('--state <state>', 'only trials in this state').choices(trialStates))
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExamples:\n  sweep trials quickstart\n  sweep trials quickstart --state failed --json')
    .action(async (name: string | undefined, options: TrialsOptions) => {
      await withReader(context, options, async (reader) => {
        const sweep = await namedSweep(reader, name);
        const all = await reader.trials(sweep.name);
        const trials = options.state === undefined ? all : all.filter(({ state }) => state === options.state);
        if (options.json === true) {
          writeJson(context, { sweep: sweep.name, trials });
          return;
        }
        const withAccuracy = trials.some(({ result }) => result !== null && result.accuracy !== null);
        const columns = [
          'trial',
          'state',
          ...sweep.axes,
          'nfe',
          'loss',
          ...(withAccuracy ? ['accuracy'] : []),
          'train s',
          'reason',
        ];
        const rows = trials.map(({ number, state, cell, result, reason }) => [
          number,
          state,
          ...sweep.axes.map((axis) => cell.parameters[axis] ?? null),
          result?.nfe ?? null,
          result?.loss ?? null,
          ...(withAccuracy ? [result?.accuracy ?? null] : []),
          result?.trainSeconds ?? null,
          reason?.message ?? null,
        ]);
        context.stdout.write(
          formatTable(
            columns.map((title) => ({ title })),
            rows,
            tableOptions(context),
          ),
        );
      });
    });
}

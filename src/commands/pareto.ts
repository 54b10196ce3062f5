/** `sweep pareto [SWEEP]`: the trials, or cells averaged over seeds, that nothing beats. */
import { Option, type Command } from 'commander';
import type { Reader, SweepSummary } from '../../db/index.js';
import { countOf } from '../report/count-of.js';
import { formatParetoTable } from '../report/format-pareto-table.js';
import { evaluatedTrials, paretoRows } from '../report/pareto-rows.js';
import type { StoredTrial } from '../sweep/store.js';
import { tableOptions, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { namedSweep } from './named-sweep.js';
import { withReader } from './with-reader.js';

interface ParetoOptions extends DatabaseOptions {
  readonly seeds: 'aggregate' | 'each';
  readonly evaluated?: boolean;
}

export function addParetoCommand(program: Command, context: CommandContext): void {
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
      await withReader(context, options, async (reader) => {
        const sweep = await namedSweep(reader, name);
        const over = options.seeds === 'aggregate' ? 'cells' : 'trials';
        const evaluated = options.evaluated === true;
        if (options.json === true) {
          const rows = paretoRows(await candidates(reader, sweep, evaluated), sweep.objectives, over);
          writeJson(context, { sweep: sweep.name, objectives: sweep.objectives, over, rows });
        } else await writeFrontier(context, reader, sweep, over, evaluated);
      });
    });
}

/** Trials that the frontier is of, with those that evaluations make. */
async function candidates(reader: Reader, { name }: SweepSummary, evaluated: boolean): Promise<readonly StoredTrial[]> {
  const trials = await reader.trials(name);
  return evaluated ? [...trials, ...evaluatedTrials(trials, await reader.evaluations(name))] : trials;
}

/** The frontier as a table under a heading. */
export async function writeFrontier(
  context: CommandContext,
  reader: Reader,
  sweep: SweepSummary,
  over: 'trials' | 'cells',
  evaluated = false,
): Promise<void> {
  const trials = await candidates(reader, sweep, evaluated);
  const rows = paretoRows(trials, sweep.objectives, over);
  const axes = over === 'cells' ? sweep.axes.filter((axis) => axis !== 'seed') : sweep.axes;
  const { completed } = sweep.counts;
  if (completed === 0) {
    context.stdout.write(`${sweep.name}: no trial has completed yet (${countOf(sweep.trials, 'trial')} in all)\n`);
    return;
  }
  const point = evaluated ? 'point' : over === 'cells' ? 'cell' : 'trial';
  const rowsOf = `${countOf(rows.length, point)}${over === 'cells' ? ', mean ± sd over seeds' : ''}`;
  const among = evaluated ? ` and ${countOf(trials.length - sweep.trials, 'evaluation')}` : '';
  context.stdout.write(
    `Pareto frontier of ${sweep.name}: ${rowsOf}, of ${completed} completed${among} (${countOf(sweep.trials, 'trial')} in all)\n`,
  );
  context.stdout.write(formatParetoTable(sweep.objectives, axes, rows, tableOptions(context)));
}

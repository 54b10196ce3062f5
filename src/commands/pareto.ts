/** `sweep pareto [SWEEP]`: the trials, or cells averaged over seeds, that nothing beats. */
import { Option, type Command } from 'commander';
import type { Reader, SweepSummary } from '../../db/index.js';
import { countOf } from '../report/count-of.js';
import { formatParetoTable } from '../report/format-pareto-table.js';
import { paretoRows } from '../report/pareto-rows.js';
import { tableOptions, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { namedSweep } from './named-sweep.js';
import { withReader } from './with-reader.js';

interface ParetoOptions extends DatabaseOptions {
  readonly seeds: 'aggregate' | 'each';
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
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExamples:\n  sweep pareto quickstart\n  sweep pareto quickstart --seeds aggregate --json')
    .action(async (name: string | undefined, options: ParetoOptions) => {
      await withReader(context, options, async (reader) => {
        const sweep = await namedSweep(reader, name);
        const over = options.seeds === 'aggregate' ? 'cells' : 'trials';
        if (options.json === true) {
          const rows = paretoRows(await reader.trials(sweep.name), sweep.objectives, over);
          writeJson(context, { sweep: sweep.name, objectives: sweep.objectives, over, rows });
        } else await writeFrontier(context, reader, sweep, over);
      });
    });
}

/** The frontier as a table under a heading. */
export async function writeFrontier(
  context: CommandContext,
  reader: Reader,
  sweep: SweepSummary,
  over: 'trials' | 'cells',
): Promise<void> {
  const rows = paretoRows(await reader.trials(sweep.name), sweep.objectives, over);
  const axes = over === 'cells' ? sweep.axes.filter((axis) => axis !== 'seed') : sweep.axes;
  const { completed } = sweep.counts;
  if (completed === 0) {
    context.stdout.write(`${sweep.name}: no trial has completed yet (${countOf(sweep.trials, 'trial')} in all)\n`);
    return;
  }
  const rowsOf =
    over === 'cells' ? `${countOf(rows.length, 'cell')}, mean ± sd over seeds` : countOf(rows.length, 'trial');
  context.stdout.write(
    `Pareto frontier of ${sweep.name}: ${rowsOf}, of ${completed} completed (${countOf(sweep.trials, 'trial')} in all)\n`,
  );
  context.stdout.write(formatParetoTable(sweep.objectives, axes, rows, tableOptions(context)));
}

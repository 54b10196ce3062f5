/** `sweep plan FILE`. */
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import type { PlanOptions } from '../plan.js';
import { parsePositiveInteger } from './parse-number.js';

export function declarePlan(program: Command, context: CommandContext): void {
  program
    .command('plan')
    .summary('the cells of a sweep file, which would run and how long that takes; runs nothing')
    .argument('<file>', 'sweep file (YAML)')
    .argument('[overrides...]', 'parameters or settings instead of the file’s: rtol=1e-3,1e-5 repeats=5')
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .option('--limit <n>', 'most cells to list', parsePositiveInteger, 50)
    .option('--diff', 'only what differs from what is stored: cells, the sweep file, the code')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  sweep plan sweeps/quickstart.yaml
  sweep plan sweeps/quickstart.yaml 'rtol=1e-2,1e-6'
  sweep plan sweeps/quickstart.yaml --diff`,
    )
    .action(async (file: string, overrides: readonly string[], options: PlanOptions) => {
      const { plan } = await import('../plan.js');
      await plan(context, file, overrides, options);
    });
}

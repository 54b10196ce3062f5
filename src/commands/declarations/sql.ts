/** `sweep sql ["SELECT …"]`. */
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import type { SqlOptions } from '../sql.js';

export function declareSql(program: Command, context: CommandContext): void {
  program
    .command('sql')
    .summary('query results with SQL, read-only, also during a run')
    .description(
      'Runs one SELECT on the views trials, epochs, attempts, pareto, pareto_by_cell, evaluations and pareto_evaluated; ' +
        'without one, opens a prompt.',
    )
    .argument('[query]', 'one SQL statement that only reads; "-" reads it from standard input')
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .option('--json', 'one JSON document: {columns, rows}')
    .option('--schema', 'describe the views and their columns instead')
    .addHelpText(
      'after',
      `
Examples:
  sweep sql "SELECT error_weight, rtol, avg(nfe), avg(loss) FROM trials WHERE state = 'completed' GROUP BY 1, 2"
  sweep sql "SELECT trial, parameters ->> 'hidden' AS hidden, nfe FROM pareto"
  sweep sql --schema
  sweep sql`,
    )
    .action(async (query: string | undefined, options: SqlOptions) => {
      const { querySweeps } = await import('../sql.js');
      await querySweeps(context, query, options);
    });
}

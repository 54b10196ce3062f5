/** `sweep plan FILE`: the cells of a sweep file, and which of them would run. */
import { access } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { openReader } from '../../db/index.js';
import { formatDuration } from '../report/format-duration.js';
import { formatTable } from '../report/format-table.js';
import type { Plan } from '../sweep/plan.js';
import { isTerminal, type TrialState } from '../sweep/trial-state.js';
import { databasePath, tableOptions, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { loadPlan } from './load-plan.js';
import { parsePositiveInteger } from './parse-number.js';

interface PlanOptions extends DatabaseOptions {
  readonly limit: number;
}

/** How `sweep run` would treat a cell. */
type Treatment = 'new' | 'queued' | 'running' | 'done';

export function addPlanCommand(program: Command, context: CommandContext): void {
  program
    .command('plan')
    .summary('the cells of a sweep file and which would run; runs nothing')
    .argument('<file>', 'sweep file (YAML)')
    .argument('[overrides...]', 'parameters or settings instead of the file’s: rtol=1e-3,1e-5 repeats=5')
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .option('--limit <n>', 'most cells to list', parsePositiveInteger, 50)
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      "\nExamples:\n  sweep plan sweeps/quickstart.yaml\n  sweep plan sweeps/quickstart.yaml 'rtol=1e-2,1e-6'",
    )
    .action(async (file: string, overrides: readonly string[], options: PlanOptions) => {
      const plan = await loadPlan(context, file, overrides);
      const { states, meanSeconds } = await lookUp(databasePath(context, options), plan);
      const rows = plan.cells.map((cell) => ({ cell, treatment: treatmentOf(states.get(cell.hash)) }));
      if (options.json === true) {
        writeJson(context, { ...plan.declaration, cells: rows.map(({ cell, treatment }) => ({ ...cell, treatment })) });
        return;
      }
      const { name, axes } = plan.declaration;
      const open = rows.filter(({ treatment }) => treatment !== 'done').length;
      const columns = ['cell', 'run', ...axes].map((title) => ({ title }));
      const listed = rows
        .slice(0, options.limit)
        .map(({ cell, treatment }, index) => [
          index + 1,
          treatment,
          ...axes.map((axis) => cell.parameters[axis] ?? null),
        ]);
      context.stdout.write(formatTable(columns, listed, tableOptions(context)));
      if (rows.length > listed.length) context.stdout.write(`… and ${rows.length - listed.length} more (--limit)\n`);
      context.stdout.write(
        `\n${name}: ${rows.length} cells, ${rows.length - open} done, ${open} to run${estimate(plan, meanSeconds, open)}\n`,
      );
      if (plan.growth !== null && plan.growth.total > rows.length) {
        const { growth, generationSize } = plan;
        context.stdout.write(
          `These are known beforehand; the others of ${growth.total} follow from results, ${generationSize} at a time\n`,
        );
      }
    });
}

interface Stored {
  /** By cell hash; empty if there is no database or no such sweep yet. */
  readonly states: ReadonlyMap<string, TrialState>;
  /** Of a trial that completed. */
  readonly meanSeconds: number | null;
}

async function lookUp(path: string, { declaration: { name } }: Plan): Promise<Stored> {
  try {
    await access(path);
  } catch {
    return { states: new Map(), meanSeconds: null };
  }
  const reader = await openReader(path);
  try {
    return { states: await reader.states(name), meanSeconds: await reader.meanSeconds(name) };
  } finally {
    await reader.close();
  }
}

function treatmentOf(state: TrialState | undefined): Treatment {
  if (state === undefined) return 'new';
  return isTerminal(state) ? 'done' : state;
}

/** From the mean wall time of the trials that have completed, if any has. */
function estimate(plan: Plan, meanSeconds: number | null, open: number): string {
  if (meanSeconds === null || open === 0) return '';
  const workers = plan.workers ?? availableParallelism();
  return `, about ${formatDuration((meanSeconds * open) / Math.min(workers, open))} on ${workers} workers`;
}

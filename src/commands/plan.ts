/** `sweep plan FILE`: the cells of a sweep file, which of them would run, how long that takes, and what differs from before. */
import { formatComparison } from '../report/format-comparison.js';
import { formatEstimate } from '../report/format-estimate.js';
import { formatTable } from '../report/format-table.js';
import { estimatePlan } from '../sweep/plan/plan-estimate.js';
import {
  comparePlan,
  type OutlinedCell,
  type PlanComparison,
  type ProgramIdentity,
} from '../sweep/plan/plan-comparison.js';
import { describeOrigin } from '../sweep/run-origin.js';
import { isTerminal } from '../sweep/trial-state.js';
import { countOf } from '../report/count-of.js';
import { databasePath, tableOptions, writeJson, type CommandContext } from './command-context.js';
import type { PlanOptions } from './declarations/plan.js';
import { loadPlan, type RunnablePlan } from './load-plan.js';
import { identifyProgram } from './identify-program.js';
import { readStoredSweep, type StoredSweepOutline } from './stored-sweep.js';
import { workersByDefault } from './workers-by-default.js';

/** More cells that left the plan are not named one by one. */
const mostLeft = 20;

/** How `sweep run` would treat a cell. */
type Treatment = 'new' | 'queued' | 'running' | 'done';

export async function plan(
  context: CommandContext,
  file: string,
  overrides: readonly string[],
  options: PlanOptions,
): Promise<void> {
  const planned = await loadPlan(context, file, overrides);
  const stored = await readStoredSweep(databasePath(context, options), planned.declaration);
  if (options.diff === true) await writeDifference(context, planned, stored, options);
  else writePlan(context, planned, stored, options);
}

function writePlan(
  context: CommandContext,
  plan: RunnablePlan,
  stored: StoredSweepOutline,
  options: PlanOptions,
): void {
  const known = new Map(stored.outline?.cells.map((cell) => [cell.hash, cell]));
  const rows = plan.cells.map((cell) => ({ cell, treatment: treatmentOf(known.get(cell.hash)) }));
  const open = rows.filter(({ treatment }) => treatment !== 'done').map(({ cell }) => cell);
  const workers = plan.workers ?? workersByDefault(context, plan);
  const estimate = estimatePlan(open, stored.costs, workers);
  if (options.json === true) {
    writeJson(context, {
      ...plan.declaration,
      estimate,
      cells: rows.map(({ cell, treatment }) => ({ ...cell, treatment })),
    });
    return;
  }
  const { name, axes } = plan.declaration;
  const columns = ['cell', 'run', ...axes].map((title) => ({ title }));
  const listed = rows
    .slice(0, options.limit)
    .map(({ cell, treatment }, index) => [index + 1, treatment, ...axes.map((axis) => cell.parameters[axis] ?? null)]);
  context.stdout.write(formatTable(columns, listed, tableOptions(context)));
  if (rows.length > listed.length) context.stdout.write(`… and ${rows.length - listed.length} more (--limit)\n`);
  const time =
    estimate === null
      ? ''
      : `, about ${formatEstimate(estimate)} on ${countOf(workers, 'worker')} by ${countOf(stored.costs.length, 'trial')} of before`;
  context.stdout.write(
    `\n${name}: ${countOf(rows.length, 'cell')}, ${rows.length - open.length} done, ${open.length} to run${time}\n`,
  );
  if (plan.growth === null || plan.growth.total <= rows.length) return;
  const { growth, generationSize } = plan;
  context.stdout.write(
    `These are known beforehand; the others of ${growth.total} follow from results, ${generationSize} at a time\n`,
  );
}

async function writeDifference(
  context: CommandContext,
  plan: RunnablePlan,
  { outline }: StoredSweepOutline,
  { json }: PlanOptions,
): Promise<void> {
  const { name } = plan.declaration;
  const program = await identifyProgram(await describeOrigin(context.version, plan.folder), plan);
  const comparison = outline === null ? null : comparePlan(plan, program, outline);
  if (json === true) {
    writeJson(context, { name, stored: comparison !== null, ...comparison });
    return;
  }
  const lines =
    comparison === null
      ? [`no sweep of this name is stored: ${countOf(plan.cells.length, 'new cell')}`]
      : differences(comparison, program);
  context.stdout.write(`${[`${name}:`, ...lines.map((line) => `  ${line}`)].join('\n')}\n`);
}

function differences(comparison: PlanComparison, program: ProgramIdentity): readonly string[] {
  const lines = formatComparison(comparison, program);
  if (lines.length === 0) return [`nothing differs: ${countOf(comparison.kept, 'cell')}, ${comparison.ended} ended`];
  const left = comparison.left.slice(0, mostLeft).map(({ number, state }) => `#${number} ${state}`);
  if (comparison.left.length > mostLeft) left.push(`and ${comparison.left.length - mostLeft} more (--json)`);
  return [...lines, ...(left.length === 0 ? [] : [`no longer of the plan: ${left.join(', ')}`])];
}

function treatmentOf(cell: OutlinedCell | undefined): Treatment {
  if (cell === undefined) return 'new';
  return isTerminal(cell.state) ? 'done' : cell.state;
}

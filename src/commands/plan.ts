/** `sweep plan FILE`: the cells of a sweep file, which of them would run, how long that takes, and what differs from before. */
import { formatComparison } from '../report/format-comparison.js';
import { formatEstimate } from '../report/format-estimate.js';
import { formatTable } from '../report/format-table.js';
import { estimatePlan } from '../sweep/plan/plan-estimate.js';
import {
  comparePlan,
  type ComparedSweep,
  type PlanComparison,
  type ProgramIdentity,
  type SweepOutline,
} from '../sweep/plan/plan-comparison.js';
import type { Cell } from '../sweep/cell.js';
import { describeOrigin } from '../sweep/run-origin.js';
import { isTerminal, type TrialState } from '../sweep/trial-state.js';
import { countOf } from '../report/count-of.js';
import { databasePath, tableOptions, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { loadPlan, type RunnablePlan } from './load-plan.js';
import { identifyProgram } from './identify-program.js';
import { readComparedSweep, readStoredSweep, type StoredSweepOutline } from './stored-sweep.js';
import { workersByDefault } from './workers-by-default.js';

export interface PlanOptions extends DatabaseOptions {
  readonly limit: number;
  readonly diff?: boolean;
}

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
  const path = databasePath(context, options);
  if (options.diff === true) await writeDifference(context, planned, await readComparedSweep(path, planned), options);
  else writePlan(context, planned, await readStoredSweep(path, planned), options);
}

function writePlan(
  context: CommandContext,
  plan: RunnablePlan,
  stored: StoredSweepOutline,
  options: PlanOptions,
): void {
  const { cells } = plan;
  const treatmentAt = treatmentsOf(cells, stored.outline);
  const open = cells.filter((_, place) => treatmentAt(place) !== 'done');
  const workers = plan.workers ?? workersByDefault(context, plan);
  const estimate = estimatePlan(open, stored.costs, workers);
  if (options.json === true) {
    writeJson(context, {
      ...plan.declaration,
      estimate,
      cells: cells.map(({ hash, group, parameters }, place) => ({
        hash,
        group,
        parameters,
        treatment: treatmentAt(place),
      })),
    });
    return;
  }
  const { name, axes } = plan.declaration;
  const columns = ['cell', 'run', ...axes].map((title) => ({ title }));
  const listed = cells
    .slice(0, options.limit)
    .map(({ parameters }, place) => [place + 1, treatmentAt(place), ...axes.map((axis) => parameters[axis] ?? null)]);
  context.stdout.write(formatTable(columns, listed, tableOptions(context)));
  if (cells.length > listed.length) context.stdout.write(`… and ${cells.length - listed.length} more (--limit)\n`);
  const time =
    estimate === null
      ? ''
      : `, about ${formatEstimate(estimate)} on ${countOf(workers, 'worker')} by ${countOf(stored.costs.length, 'trial')} of before`;
  context.stdout.write(
    `\n${name}: ${countOf(cells.length, 'cell')}${shapeOf(plan)}, ${cells.length - open.length} done, ${open.length} to run${time}\n`,
  );
  context.stdout.write(growthLine(plan, stored.outline));
}

/** What a grid is the product of: where a value is missing or too many, one sees it here. */
function shapeOf({ shape }: RunnablePlan): string {
  if (shape === null || shape.length < 2) return '';
  return ` (${shape.map(({ name, values }) => `${name} ${values}`).join(' × ')})`;
}

/** What an adaptive plan adds to its first cells; empty for every other. */
function growthLine({ growth, generationSize, cells }: RunnablePlan, outline: SweepOutline | null): string {
  if (growth === null || growth.total <= cells.length) return '';
  const known = new Set(cells.map(({ hash }) => hash));
  const chosen = (outline?.cells ?? []).filter(({ hash, added }) => !added && !known.has(hash));
  const done = chosen.filter(({ state }) => isTerminal(state)).length;
  const others = `These are known beforehand; the others, up to ${growth.total} in all, follow from results, ${generationSize} at a time`;
  return chosen.length === 0
    ? `${others}\n`
    : `${others}: ${chosen.length} so far, ${done} done, ${chosen.length - done} to run\n`;
}

async function writeDifference(
  context: CommandContext,
  plan: RunnablePlan,
  stored: ComparedSweep | null,
  { json }: PlanOptions,
): Promise<void> {
  const { name } = plan.declaration;
  const program = await identifyProgram(await describeOrigin(context.version, plan.folder), plan);
  const comparison = stored === null ? null : comparePlan(plan, program, stored);
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

/** Of the plan's cells, by their place. */
function treatmentsOf(cells: readonly Cell[], outline: SweepOutline | null): (place: number) => Treatment {
  const planned = outline?.planned ?? null;
  if (planned !== null) return (place) => treatmentOf(planned.open.get(place) ?? 'completed');
  const states = new Map(outline?.cells.map(({ hash, state }) => [hash, state]));
  return (place) => treatmentOf(states.get(cells[place].hash));
}

function treatmentOf(state: TrialState | undefined): Treatment {
  if (state === undefined) return 'new';
  return isTerminal(state) ? 'done' : state;
}

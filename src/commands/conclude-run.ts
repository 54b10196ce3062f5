/** The end of `sweep run`: the frontier, what failed, where the results are, and what to type next. */
import { openReader } from '../../db/index.js';
import { countOf } from '../report/count-of.js';
import { formatPruning } from '../report/format-pruning.js';
import { summarizePruning } from '../report/pruning-summary.js';
import type { SweepSummary } from '../sweep/coordinator/coordinator.js';
import type { Plan } from '../sweep/plan/plan.js';
import { countUnsuccessful, unsuccessfulStates } from '../sweep/trial-state.js';
import { databasePath, type CommandContext } from './command-context.js';
import { writeFrontier } from './pareto.js';

export interface ConcludedRun {
  readonly plan: Plan;
  readonly path: string;
  readonly summary: SweepSummary;
}

export async function concludeRun(context: CommandContext, { plan, path, summary }: ConcludedRun): Promise<void> {
  const { name, axes, objectives } = plan.declaration;
  const { counts, unplanned, cause } = summary;
  const left = counts.queued + unplanned;
  const write = (text: string): void => void context.stdout.write(text);
  const reader = await openReader(path);
  const viewColumns = new Set<string>();
  try {
    write('\n');
    const sweep = await reader.sweep(name);
    await writeFrontier(context, reader, sweep, plan.repeated ? 'cells' : 'trials');
    const outside = sweep.trials - Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (outside > 0) {
      write(
        `Of the sweep's trials ${outside} lie outside this plan, and count all the same: another name keeps them apart.\n`,
      );
    }
    const pruning = await summarizePruning(reader, sweep);
    if (pruning !== null) write(`\n${formatPruning(pruning).join('\n')}\n`);
    const view = (await reader.schema()).find((described) => described.name === 'pareto');
    for (const column of view?.columns ?? []) viewColumns.add(column.name);
  } finally {
    await reader.close();
  }
  write(`\nResults: ${path}\n`);
  if (cause !== null) write(`The run stopped early: ${cause.message.replace(/\.$/, '')}.\n`);
  if (cause?.code === 'failures') write('To go on all the same: failure_budget=unlimited.\n');
  if (left > 0) write(`${countOf(left, 'cell')} still queued: the same command resumes.\n`);
  const retriable = unsuccessfulStates.filter((state) => counts[state] > 0);
  if (retriable.length > 0) {
    const unsuccessful = countUnsuccessful(counts);
    const them = unsuccessful === 1 ? 'it' : 'them';
    write(
      `${countOf(unsuccessful, 'trial')} did not complete; the same command with --retry ${retriable.join(',')} runs ${them} again.\n`,
    );
  }

  // Through npm the bin is not on the PATH: what is printed should work when it is copied.
  const bin = context.environment.npm_execpath === undefined ? 'sweep' : 'npx sweep';
  const db = path === databasePath(context, {}) ? '' : ` --db ${shellWord(path)}`;
  const sweep = shellWord(name);
  // What has no column of its own is taken out of the JSON.
  const columnOf = (column: string, json: string): string =>
    viewColumns.has(column)
      ? column
      : `${json} ->> '${column.replaceAll("'", "''")}' AS "${column.replaceAll('"', '""')}"`;
  const columns = [
    ...axes.map((axis) => columnOf(axis, 'parameters')),
    ...objectives.map((objective) => columnOf(objective.name, 'metrics')),
  ];
  const query = `SELECT ${columns.join(', ')} FROM pareto WHERE sweep = '${name.replaceAll("'", "''")}'`;
  write('Next:\n');
  if (counts.failed > 0) write(`  ${bin} trials ${sweep} --state failed${db}\n`);
  if (counts.diverged > 0) write(`  ${bin} trials ${sweep} --state diverged${db}\n`);
  write(`  ${bin} pareto ${sweep}${plan.repeated ? ' --seeds aggregate' : ''}${db}\n`);
  write(`  ${bin} trials ${sweep}${db}\n`);
  write(`  ${bin} sql "${query.replace(/[\\"$`]/g, '\\$&')}"${db}\n`);
}

/** As a shell takes it for one word. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

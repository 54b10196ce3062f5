/** The end of `sweep run`: the frontier, what failed, where the results are, and what to type next. */
import { countOf } from '../report/count-of.js';
import { formatPruning } from '../report/format-pruning.js';
import { summarizePruning } from '../report/pruning-summary.js';
import type { SweepSummary } from '../sweep/coordinator/coordinator.js';
import type { Plan } from '../sweep/plan/plan.js';
import { countUnsuccessful, unsuccessfulStates } from '../sweep/trial-state.js';
import { databasePath, type CommandContext } from './command-context.js';
import { nextCommands } from './next-commands.js';
import { writeFrontier } from './pareto.js';
import { shellWord } from './quoting.js';
import { withReader } from './with-reader.js';

export interface ConcludedRun {
  readonly plan: Plan;
  readonly path: string;
  readonly summary: SweepSummary;
}

export async function concludeRun(context: CommandContext, { plan, path, summary }: ConcludedRun): Promise<void> {
  const { name } = plan.declaration;
  const { counts, unplanned, cause } = summary;
  const left = counts.queued + unplanned;
  const write = (text: string): void => void context.stdout.write(text);
  const next = await withReader(path, async (reader) => {
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
    return nextCommands(reader, { sweep, repeated: plan.repeated, counts });
  });
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
  write(`Next:\n${next.map((command) => `  ${bin} ${command}${db}\n`).join('')}`);
}

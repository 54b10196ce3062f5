/** The end of `sweep run`: the frontier, what failed, where the results are, and what to type next. */
import { openReader } from '../../db/index.js';
import { countOf } from '../report/count-of.js';
import type { SweepSummary } from '../sweep/coordinator.js';
import type { Plan } from '../sweep/plan.js';
import { databasePath, type CommandContext } from './command-context.js';
import { writeFrontier } from './pareto.js';

export interface ConcludedRun {
  readonly plan: Plan;
  readonly path: string;
  readonly summary: SweepSummary;
}

export async function concludeRun(context: CommandContext, { plan, path, summary }: ConcludedRun): Promise<void> {
  const { name, axes, objectives } = plan.declaration;
  const { counts } = summary;
  const write = (text: string): void => void context.stdout.write(text);
  const reader = await openReader(path);
  try {
    write('\n');
    await writeFrontier(context, reader, await reader.sweep(name), plan.repeated ? 'cells' : 'trials');
  } finally {
    await reader.close();
  }
  write(`\nResults: ${path}\n`);
  if (counts.queued > 0) write(`${countOf(counts.queued, 'cell')} still queued: the same command resumes.\n`);
  const unsuccessful = counts.failed + counts.diverged + counts.timed_out;
  if (unsuccessful > 0) {
    write(`${countOf(unsuccessful, 'trial')} did not complete; the same command does not run them again.\n`);
  }

  // Through npm the bin is not on the PATH: what is printed should work when it is copied.
  const bin = context.environment.npm_execpath === undefined ? 'sweep' : 'npx sweep';
  const db = path === databasePath(context, {}) ? '' : ` --db ${shellWord(path)}`;
  const sweep = shellWord(name);
  const columns = [...axes, ...objectives.map((objective) => objective.name)].map(columnOf);
  const query = `SELECT ${columns.join(', ')} FROM pareto WHERE sweep = '${name.replaceAll("'", "''")}'`;
  write('Next:\n');
  if (counts.failed > 0) write(`  ${bin} trials ${sweep} --state failed${db}\n`);
  if (counts.diverged > 0) write(`  ${bin} trials ${sweep} --state diverged${db}\n`);
  write(`  ${bin} pareto ${sweep}${plan.repeated ? ' --seeds aggregate' : ''}${db}\n`);
  write(`  ${bin} trials ${sweep}${db}\n`);
  write(`  ${bin} sql "${query.replace(/[\\"$`]/g, '\\$&')}"${db}\n`);
}

/** Columns that the views have; any other parameter is taken out of the JSON. */
const columns = ['error_weight', 'stiffness_weight', 'rtol', 'atol', 'solver', 'seed', 'engine', 'dtype'];
const figures = ['nfe', 'loss', 'accuracy', 'train_loss', 'train_seconds', 'predict_seconds'];

function columnOf(name: string): string {
  return columns.includes(name) || figures.includes(name) ? name : `parameters ->> '${name}' AS ${name}`;
}

/** As a shell takes it for one word. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

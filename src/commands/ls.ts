/** `sweep ls`: the sweeps of a database. */
import { formatTable } from '../report/format-table.js';
import { countUnsuccessful } from '../sweep/trial-state.js';
import { databasePath, tableOptions, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { tellCoordinator } from './tell-coordinator.js';
import { withReader } from './with-reader.js';

export async function listSweeps(context: CommandContext, options: DatabaseOptions): Promise<void> {
  await withReader(databasePath(context, options), async (reader) => {
    const sweeps = await reader.sweeps();
    if (options.json === true) {
      writeJson(context, { sweeps, coordinator: await reader.coordinator() });
      return;
    }
    const rows = sweeps.map(({ name, task, trials, counts, axes, lastActivityAt }) => [
      name,
      task,
      trials,
      counts.completed,
      countUnsuccessful(counts),
      counts.running,
      counts.queued,
      lastActivityAt.slice(0, 16).replace('T', ' '),
      axes.join(' × '),
    ]);
    const titles = [
      'sweep',
      'task',
      'trials',
      'completed',
      'failed',
      'running',
      'queued',
      'last activity (UTC)',
      'axes',
    ];
    context.stdout.write(
      formatTable(
        titles.map((title) => ({ title })),
        rows,
        tableOptions(context),
      ),
    );
    await tellCoordinator(context, reader);
  });
}

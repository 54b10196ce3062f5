/** `sweep trials [SWEEP]`: one row a trial. */
import { formatTable } from '../report/format-table.js';
import { databasePath, tableOptions, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { namedSweep } from './named-sweep.js';
import { tellCoordinator } from './tell-coordinator.js';
import { withReader } from './with-reader.js';
import type { TrialState } from '../sweep/trial-state.js';

export interface TrialsOptions extends DatabaseOptions {
  readonly state?: TrialState;
}

export async function listTrials(
  context: CommandContext,
  name: string | undefined,
  options: TrialsOptions,
): Promise<void> {
  await withReader(databasePath(context, options), async (reader) => {
    const sweep = await namedSweep(reader, name);
    const all = await reader.trials(sweep.name);
    const trials = options.state === undefined ? all : all.filter(({ state }) => state === options.state);
    if (options.json === true) {
      writeJson(context, { sweep: sweep.name, trials });
      return;
    }
    const withAccuracy = trials.some(({ result }) => result !== null && result.accuracy !== null);
    const columns = [
      'trial',
      'state',
      ...sweep.axes,
      'nfe',
      'loss',
      ...(withAccuracy ? ['accuracy'] : []),
      'train s',
      'reason',
    ];
    const rows = trials.map(({ number, state, cell, result, reason }) => [
      number,
      state,
      ...sweep.axes.map((axis) => cell.parameters[axis] ?? null),
      result?.nfe ?? null,
      result?.loss ?? null,
      ...(withAccuracy ? [result?.accuracy ?? null] : []),
      result?.trainSeconds ?? null,
      reason?.message ?? null,
    ]);
    context.stdout.write(
      formatTable(
        columns.map((title) => ({ title })),
        rows,
        tableOptions(context),
      ),
    );
    if (trials.some(({ state }) => state === 'running')) await tellCoordinator(context, reader);
  });
}

/** `sweep pareto [SWEEP]`: the trials, or cells averaged over seeds, that nothing beats. */
import type { Reader, SweepSummary } from '../../db/index.js';
import { countOf } from '../report/count-of.js';
import { formatParetoTable, type ParetoRow } from '../report/format-pareto-table.js';
import { evaluatedPoints, incomparable, paretoRows } from '../report/pareto-rows.js';
import type { ParameterValues } from '../training/trial.js';
import { databasePath, tableOptions, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { namedSweep } from './named-sweep.js';
import { withReader } from './with-reader.js';

export interface ParetoOptions extends DatabaseOptions {
  readonly seeds: 'aggregate' | 'each';
  readonly evaluated?: boolean;
}

export async function showFrontier(
  context: CommandContext,
  name: string | undefined,
  options: ParetoOptions,
): Promise<void> {
  await withReader(databasePath(context, options), async (reader) => {
    const sweep = await namedSweep(reader, name);
    const over = options.seeds === 'aggregate' ? 'cells' : 'trials';
    const evaluated = options.evaluated === true;
    if (options.json === true) {
      const { rows } = await readFrontier(reader, sweep, over, evaluated);
      writeJson(context, { sweep: sweep.name, objectives: sweep.objectives, over, rows });
    } else await writeFrontier(context, reader, sweep, over, evaluated);
  });
}

/** The frontier of the completed trials, with the points that evaluations make. */
export async function readFrontier(
  reader: Reader,
  { name, objectives }: SweepSummary,
  over: 'trials' | 'cells',
  evaluated: boolean,
): Promise<{
  readonly rows: readonly ParetoRow[];
  readonly evaluations: number;
  readonly left: ReturnType<typeof incomparable>;
}> {
  const trained = await reader.results(name);
  const solved = evaluated ? evaluatedPoints(trained, await reader.evaluations(name)) : [];
  const best = paretoRows(solved.length === 0 ? trained : [...trained, ...solved], objectives, over);
  const parameters = await reader.parameters(
    name,
    best.map(({ trials }) => trials[0]),
  );
  const parametersOf = ([number]: readonly number[]): ParameterValues => {
    const own = parameters.get(number) ?? {};
    return over === 'cells' ? withoutSeed(own) : own;
  };
  return {
    rows: best.map((row) => ({ ...row, parameters: parametersOf(row.trials) })),
    evaluations: solved.length,
    left: incomparable(trained, objectives),
  };
}

function withoutSeed(parameters: ParameterValues): ParameterValues {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== 'seed'));
}

/** The frontier as a table under a heading. */
export async function writeFrontier(
  context: CommandContext,
  reader: Reader,
  sweep: SweepSummary,
  over: 'trials' | 'cells',
  evaluated = false,
): Promise<void> {
  const { rows, evaluations, left } = await readFrontier(reader, sweep, over, evaluated);
  const axes = over === 'cells' ? sweep.axes.filter((axis) => axis !== 'seed') : sweep.axes;
  const { completed } = sweep.counts;
  if (completed === 0) {
    context.stdout.write(`${sweep.name}: no trial has completed yet (${countOf(sweep.trials, 'trial')} in all)\n`);
    return;
  }
  const point = evaluated ? 'point' : over === 'cells' ? 'cell' : 'trial';
  const rowsOf = `${countOf(rows.length, point)}${over === 'cells' ? ', mean ± sd over seeds' : ''}`;
  const among = evaluated ? ` and ${countOf(evaluations, 'evaluation')}` : '';
  context.stdout.write(
    `Pareto frontier of ${sweep.name}: ${rowsOf}, of ${completed} completed${among} (${countOf(sweep.trials, 'trial')} in all)\n`,
  );
  if (rows.length > 0) context.stdout.write(formatParetoTable(sweep.objectives, axes, rows, tableOptions(context)));
  if (left.count > 0) {
    const not = left.count === 1 ? 'is not compared: it has' : 'are not compared: they have';
    context.stdout.write(
      `${countOf(left.count, 'completed trial')} ${not} no ${left.missing.join(', ')}. List in \`objectives\` what all of them tell.\n`,
    );
  }
}

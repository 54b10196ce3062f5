/** What to type after `sweep run`: why trials ended without a result, and the frontier as soon as there is one. */
import type { Reader, SweepSummary } from '../../db/index.js';
import { unsuccessfulStates, type TrialState } from '../sweep/trial-state.js';
import { shellWord, sqlName, sqlText } from './quoting.js';

export interface RunToFollow {
  /** As stored now. */
  readonly sweep: SweepSummary;
  /** Its trials repeat cells with several seeds. */
  readonly repeated: boolean;
  /** Of the run. */
  readonly counts: Readonly<Record<TrialState, number>>;
}

/** Commands without the bin and the database. */
export async function nextCommands(
  reader: Reader,
  { sweep, repeated, counts }: RunToFollow,
): Promise<readonly string[]> {
  const name = shellWord(sweep.name);
  const states = unsuccessfulStates.filter((state) => counts[state] > 0);
  const failures = states.map((state) => `trials ${name} --state ${state}`);
  if (sweep.counts.completed === 0) {
    const numbers = states.length === 0 ? [] : await firstIn(reader, sweep, states);
    return [...failures, ...numbers.map((number) => `show ${name} ${number}`), `trials ${name}`];
  }
  return [
    ...failures,
    `pareto ${name}${repeated ? ' --seeds aggregate' : ''}`,
    `trials ${name}`,
    `sql "${(await frontierQuery(reader, sweep)).replace(/[\\"$`]/g, '\\$&')}"`,
  ];
}

/** The lowest number of a trial in one of the states; none where another program has queued them again. */
async function firstIn(
  reader: Reader,
  { id }: SweepSummary,
  states: readonly TrialState[],
): Promise<readonly number[]> {
  const listed = states.map((state) => `'${state}'`).join(', ');
  const { rows } = await reader.query(`SELECT min(trial) FROM trials WHERE sweep_id = ${id} AND state IN (${listed})`);
  return rows.flat().filter((number) => typeof number === 'number');
}

/** The frontier with what varies and what is compared; what has no column of its own is taken out of the JSON. */
async function frontierQuery(reader: Reader, { name, axes, objectives }: SweepSummary): Promise<string> {
  const view = (await reader.schema()).find((described) => described.name === 'pareto');
  const own = new Set(view?.columns.map((column) => column.name));
  const columnOf = (column: string, json: string): string =>
    own.has(column) ? column : `${json} ->> ${sqlText(column)} AS ${sqlName(column)}`;
  const columns = [
    ...axes.map((axis) => columnOf(axis, 'parameters')),
    ...objectives.map((objective) => columnOf(objective.name, 'metrics')),
  ];
  return `SELECT ${columns.join(', ')} FROM pareto WHERE sweep = ${sqlText(name)}`;
}

/** The frontier as a table: what it costs, what it reaches, and which cell it is. */
import type { ParameterValues } from '../training/trial.js';
import type { Objective } from '../sweep/store.js';
import { formatNumber } from './format-number.js';
import { formatTable, type TableColumn, type TableOptions, type TableValue } from './format-table.js';

/** One value, or the mean over seeds with its standard deviation; null without a value or for a single seed. */
export interface ParetoFigure {
  readonly value: number | null;
  readonly sd: number | null;
}

export interface ParetoRow {
  /** Trial numbers that the row stands for: one, or the repeats of a cell. */
  readonly trials: readonly number[];
  /** By the objective's name. */
  readonly figures: Readonly<Partial<Record<string, ParetoFigure>>>;
  /** Those of training. */
  readonly parameters: ParameterValues;
  /** `evaluated`: the model was solved again, by what `changed` says. */
  readonly source: 'trained' | 'evaluated';
  /** Empty: nothing. */
  readonly changed: ParameterValues;
}

/**
 * Rows in the order given; the axes that vary stand last, so that figures align in every sweep. Where any row is of an
 * evaluation, each says whether it is and by what it was solved.
 * A standard deviation is shown as `12.5 ±0.3` where any row has one.
 */
export function formatParetoTable(
  objectives: readonly Objective[],
  axes: readonly string[],
  rows: readonly ParetoRow[],
  options: TableOptions,
): string {
  const evaluated = rows.some(({ source }) => source === 'evaluated');
  const repeated = rows.some(({ trials }) => trials.length > 1);
  const columns: readonly TableColumn[] = [
    { title: repeated ? 'trials' : 'trial', align: 'right' },
    ...objectives.map(({ name, goal }) => ({
      title: `${name} ${goal === 'minimize' ? '↓' : '↑'}`,
      align: 'right' as const,
    })),
    ...axes.map((title) => ({ title })),
    ...(evaluated ? [{ title: 'source' }] : []),
  ];
  const cells = rows.map((row): TableValue[] => [
    trialText(row.trials),
    ...objectives.map(({ name }) => figureText(row.figures[name])),
    ...axes.map((axis) => (Object.hasOwn(row.parameters, axis) ? (row.parameters[axis] ?? null) : null)),
    ...(evaluated ? [[row.source, changedText(row.changed)].join(' ').trimEnd()] : []),
  ]);
  return formatTable(columns, cells, options);
}

/** Parameters as a person would type them: `rtol=0.01 solver=bosh3`. */
export function changedText(changed: ParameterValues): string {
  return Object.entries(changed)
    .map(([name, value]) => `${name}=${typeof value === 'number' ? formatNumber(value) : String(value)}`)
    .join(' ');
}

function trialText(numbers: readonly number[]): string {
  return numbers.map((number) => `#${number}`).join(' ');
}

function figureText(figure: ParetoFigure | undefined): string | null {
  if (figure === undefined || figure.value === null) return null;
  const value = formatNumber(figure.value);
  return figure.sd === null ? value : `${value} ±${formatNumber(figure.sd, 2)}`;
}

/** The table of trials: a window of rows, with as many columns as fit whole. */
import { displayWidth, fitToWidth } from '../report/display-width.js';
import { formatDuration } from '../report/format-duration.js';
import { formatNumber } from '../report/format-number.js';
import { doneFraction, type TrialView } from '../sweep/monitor/monitor-trial.js';
import type { SweepSnapshot } from '../sweep/monitor/monitor.js';
import type { TrialId } from '../sweep/store.js';
import { frontierMark } from './frontier-plot.js';
import { progressBar } from './progress-bar.js';
import { fitLine, span, type Line, type Span, type Tone } from './styled-line.js';
import { stateTones } from './theme.js';
import { currentValue, elapsedSeconds, parameterText, percentText } from './trial-figures.js';

export interface TableColumn {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  /** Columns are left out in descending order of it; 0 stays always. */
  readonly rank: number;
  readonly cell: (trial: TrialView, now: number) => Line | string;
}

const stateWidth = 12;
const barWidth = 7;
const longestAxis = 14;
const marksWidth = 4;
const gap = '  ';

/** All columns a sweep has; accuracy only once a trial has one: a regression never does. */
export function tableColumns({ sweep, trials }: SweepSnapshot): readonly TableColumn[] {
  const axes = sweep?.axes ?? [];
  const digits = String(trials.length).length;
  return [
    column('#', Math.max(2, digits), 'right', 0, (trial) => String(trial.number)),
    column('state', stateWidth, 'left', 0, stateCell),
    ...axisColumns(axes, trials),
    column('nfe', 7, 'right', 0, (trial) => measure(currentValue(trial, 'nfe'))),
    column('loss', 9, 'right', 0, (trial) => measure(currentValue(trial, 'loss'))),
    ...(trials.some((trial) => currentValue(trial, 'accuracy') !== null)
      ? [column('acc %', 6, 'right', 100, (trial) => percentText(currentValue(trial, 'accuracy')))]
      : []),
    column('time', 7, 'right', 101, timeCell),
  ];
}

/**
 * A function of its own: columns last as long as the sweep, and a closure keeps alive what any closure beside it refers
 * to – here all views of the trials as they were when the columns were made.
 */
function axisColumns(axes: readonly string[], trials: readonly TrialView[]): readonly TableColumn[] {
  return axes.map((axis, index) => axisColumn(axis, trials, index));
}

/** The columns that fit whole into `width`, in their order. */
export function fittingColumns(columns: readonly TableColumn[], width: number): readonly TableColumn[] {
  const total = marksWidth + columns.reduce((sum, { width: own }) => sum + own + gap.length, -gap.length);
  const last = Math.max(...columns.map(({ rank }) => rank));
  if (total <= width || last === 0) return columns;
  return fittingColumns(
    columns.filter(({ rank }) => rank !== last),
    width,
  );
}

export interface TableRows {
  /** The window: already ordered and cut to what is visible. */
  readonly trials: readonly TrialView[];
  readonly selected: TrialId | null;
  readonly frontier: ReadonlySet<TrialId>;
  /** The monitor's clock at the time of the snapshot. */
  readonly now: number;
}

/** Heading and one line a trial, each `width` columns wide. */
export function renderTable(columns: readonly TableColumn[], rows: TableRows, width: number): readonly Line[] {
  const heading = columns.map(({ title, width: own, align }) => fitToWidth(title, own, align)).join(gap);
  return [
    fitLine([span(' '.repeat(marksWidth) + heading, 'faint')], width),
    ...rows.trials.map((trial) => renderRow(columns, rows, trial, width)),
  ];
}

function renderRow(columns: readonly TableColumn[], rows: TableRows, trial: TrialView, width: number): Line {
  const chosen = trial.id === rows.selected;
  const best = rows.frontier.has(trial.id);
  const spans: Span[] = [span(chosen ? ' ›' : '  '), span(best ? frontierMark : ' ', 'good'), span(' ')];
  const tone = rowTone(trial, best);
  columns.forEach(({ width: own, align, cell }, index) => {
    if (index > 0) spans.push(span(gap));
    const content = cell(trial, rows.now);
    if (typeof content === 'string') spans.push(span(fitToWidth(content, own, align), tone));
    else spans.push(...fitLine(content, own));
  });
  const line = fitLine(spans, width);
  return chosen ? [span(line.map(({ text }) => text).join(''), 'chosen')] : line;
}

/** Figures of running trials are provisional, hence faint. */
function rowTone(trial: TrialView, best: boolean): Tone {
  if (trial.state === 'completed') return best ? 'strong' : 'plain';
  return trial.state === 'running' || trial.state === 'queued' ? 'faint' : 'plain';
}

function stateCell(trial: TrialView): Line {
  const tone = stateTones[trial.state];
  if (trial.state !== 'running') return [span(trial.state.replace('_', ' '), tone)];
  const done = doneFraction(trial);
  return [...progressBar(done, barWidth, tone), span(`${Math.floor(100 * done)}%`.padStart(5), tone)];
}

function axisColumn(axis: string, trials: readonly TrialView[], index: number): TableColumn {
  const texts = new Set(trials.map(({ parameters }) => parameterText(parameters, axis)));
  const numeric = trials.every(({ parameters }) => typeof parameters[axis] === 'number');
  const widest = Math.max(displayWidth(axis), ...[...texts].map(displayWidth));
  const align = numeric ? 'right' : 'left';
  return column(axis, Math.min(longestAxis, widest), align, 1 + index, (trial) =>
    parameterText(trial.parameters, axis),
  );
}

function column(
  title: string,
  width: number,
  align: 'left' | 'right',
  rank: number,
  cell: TableColumn['cell'],
): TableColumn {
  return { title, width, align, rank, cell };
}

function timeCell(trial: TrialView, now: number): string {
  const seconds = elapsedSeconds(trial, now);
  return seconds === null ? '' : formatDuration(seconds);
}

function measure(value: number | null): string {
  return value === null ? '' : formatNumber(value);
}

/**
 * Axes around a grid of plot cells: tick labels at the left and below, in faint strokes.
 *
 *   0.5 ┤ ⢀
 *       │   ⠑⠒⠤⣀
 *   0.1 ┤       ●
 *       └─┴─────┴──
 *        20    100
 */
import { displayWidth } from '../report/display-width.js';
import { formatNumber } from '../report/format-number.js';
import { position, ticks, type Scale } from './scale.js';
import { span, type Line, type Span, type Tone } from './styled-line.js';

export interface PlotCell {
  readonly character: string;
  readonly tone: Tone;
}

export interface PlotArea {
  readonly x: Scale;
  readonly y: Scale;
  /** Size of the plot without its axes, in terminal cells. */
  readonly columns: number;
  readonly rows: number;
  readonly yTicks: readonly number[];
  readonly labelWidth: number;
}

/** Columns between the labels of a horizontal axis, about; rows between those of a vertical one. */
const columnsPerTick = 14;
const rowsPerTick = 2;

/** Divides width × height terminal cells into plot, axes and labels; null where there is no room for a plot. */
export function arrangePlot(x: Scale, y: Scale, width: number, height: number): PlotArea | null {
  const rows = height - 2;
  if (rows < 2) return null;
  const yTicks = ticks(y, Math.max(2, Math.floor(rows / rowsPerTick)));
  const labelWidth = 1 + Math.max(1, ...yTicks.map((value) => displayWidth(formatNumber(value))));
  const columns = width - labelWidth - 2;
  return columns < 8 ? null : { x, y, columns, rows, yTicks, labelWidth };
}

/** Place in dots of a braille canvas over the plot; NaN where a logarithmic axis has none. */
export function dotAt(area: PlotArea, x: number, y: number): { readonly x: number; readonly y: number } {
  return {
    x: position(area.x, x) * (2 * area.columns - 1),
    y: (1 - position(area.y, y)) * (4 * area.rows - 1),
  };
}

/** @param cells rows × columns of the area @returns height lines of at most width columns */
export function framePlot(area: PlotArea, cells: readonly (readonly PlotCell[])[]): readonly Line[] {
  const labels = new Map(
    area.yTicks.map((value) => [Math.floor(dotAt(area, area.x.low, value).y / 4), formatNumber(value)]),
  );
  const body = cells.map((row, index): Line => {
    const label = labels.get(index);
    const margin = `${(label ?? '').padStart(area.labelWidth)} ${label === undefined ? '│' : '┤'}`;
    return [span(margin, 'faint'), ...joinCells(row)];
  });
  return [...body, ...horizontalAxis(area)];
}

function horizontalAxis(area: PlotArea): readonly Line[] {
  const axis = Array.from({ length: area.columns }, () => '─');
  const labels = Array.from({ length: area.columns + area.labelWidth + 2 }, () => ' ');
  let free = 0;
  for (const value of ticks(area.x, Math.max(2, Math.floor(area.columns / columnsPerTick)))) {
    const column = Math.floor(dotAt(area, value, area.y.low).x / 2);
    const text = formatNumber(value);
    const start = Math.min(column + area.labelWidth + 2 - Math.floor(text.length / 2), labels.length - text.length);
    axis[column] = '┴';
    if (start < free) continue;
    labels.splice(start, text.length, ...Array.from(text));
    free = start + text.length + 1;
  }
  return [
    [span(`${' '.repeat(area.labelWidth)} └${axis.join('')}`, 'faint')],
    [span(labels.join('').trimEnd(), 'faint')],
  ];
}

/** Neighbours of the same tone become one span. */
function joinCells(cells: readonly PlotCell[]): readonly Span[] {
  const spans: Span[] = [];
  for (const { character, tone } of cells) {
    const last = spans.at(-1);
    if (last !== undefined && (last.tone === tone || character === ' ')) {
      spans[spans.length - 1] = span(last.text + character, last.tone);
    } else {
      spans.push(span(character, tone));
    }
  }
  return spans;
}

/** Aligned tables for a terminal or a pipe: numbers to the right, as wide as their widest cell. */
import { displayWidth, fitToWidth, singleLine, truncateToWidth } from './display-width.js';
import { formatNumber } from './format-number.js';

export interface TableColumn {
  readonly title: string;
  /** Without it: right where every value is a number. */
  readonly align?: 'left' | 'right';
}

/** Numbers are written compactly (`formatNumber`), null as an empty cell. */
export type TableValue = string | number | boolean | null;

export interface TableOptions {
  /** Columns of the terminal: long texts are cut so that lines fit. Without it nothing is cut. */
  readonly width?: number;
  /** Whether the titles are set in bold by an escape sequence. */
  readonly color: boolean;
}

const gap = '  ';
/** A column of text is not cut to less than this. */
const narrowestText = 8;

/**
 * @param rows one value a column; what is missing is empty
 * @returns lines without trailing spaces, each ended by a newline; the titles first
 */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableValue[])[],
  { width, color }: TableOptions,
): string {
  const layouts = columns.map(({ title, align }, index) => {
    const values = rows.map((row) => row.at(index) ?? null);
    const numeric = values.every((value) => value === null || typeof value === 'number');
    const cells = values.map(cellText);
    return {
      title,
      cells,
      align: align ?? (numeric && rows.length > 0 ? 'right' : 'left'),
      cuttable: !numeric,
      width: Math.max(displayWidth(title), ...cells.map(displayWidth)),
    };
  });
  const widths = width === undefined ? layouts.map((layout) => layout.width) : shrink(layouts, width);
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => fitToWidth(text, widths[index] ?? 0, layouts[index]?.align))
      .join(gap)
      .trimEnd();
  const heading = line(layouts.map(({ title, width: own }, index) => truncateToWidth(title, widths[index] ?? own)));
  const body = rows.map((_, row) => line(layouts.map(({ cells }) => cells[row] ?? '')));
  return [color ? `\u001B[1m${heading}\u001B[22m` : heading, ...body].map((text) => `${text}\n`).join('');
}

/** Takes columns from the widest text until the line fits or nothing may be cut any more. Numbers stay whole. */
function shrink(
  layouts: readonly { readonly width: number; readonly cuttable: boolean }[],
  available: number,
): readonly number[] {
  const widths = layouts.map(({ width }) => width);
  const total = () => widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1);
  while (total() > available) {
    let widest = -1;
    for (const [index, layout] of layouts.entries()) {
      const width = widths[index] ?? 0;
      if (layout.cuttable && width > narrowestText && width > (widths[widest] ?? 0)) widest = index;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function cellText(value: TableValue): string {
  if (value === null) return '';
  return typeof value === 'number' ? formatNumber(value) : singleLine(String(value));
}

/**
 * Which panes are shown in a terminal of a given size, and how large.
 *
 * Invariant: header, panes and footer together take at most rows − 1 lines: a frame as high as the
 * terminal makes it scroll.
 */

export const panes = ['frontier', 'trials', 'details'] as const;
export type Pane = (typeof panes)[number];

/** Smallest terminal in which the dashboard says more than that it is too small. */
export const smallest = { columns: 40, rows: 10 } as const;
export const headerHeight = 2;
export const footerHeight = 1;

/** From this size on, details stand beside the plot. */
const wide = { columns: 100, body: 20 } as const;
/** From this body height on, plot and table are shown together. */
const twoPanes = 14;
/** Columns between two panes. */
export const gutter = 2;

export interface PlacedPane {
  readonly pane: Pane;
  /** In terminal cells, its title line included. */
  readonly width: number;
  readonly height: number;
}

/** Rows of panes from the top; null where the terminal is too small. */
export type Layout = readonly (readonly PlacedPane[])[] | null;

/** @param focus the pane that must be among those shown */
export function arrangePanes(columns: number, rows: number, focus: Pane): Layout {
  if (columns < smallest.columns || rows < smallest.rows) return null;
  const body = rows - 1 - headerHeight - footerHeight;
  const top = Math.min(Math.ceil(0.55 * body), 26);
  if (columns >= wide.columns && body >= wide.body) {
    const left = Math.floor(0.58 * (columns - gutter));
    return [
      [
        { pane: 'frontier', width: left, height: top },
        { pane: 'details', width: columns - gutter - left, height: top },
      ],
      [{ pane: 'trials', width: columns, height: body - top }],
    ];
  }
  if (body >= twoPanes && focus !== 'details') {
    return [
      [{ pane: 'frontier', width: columns, height: top }],
      [{ pane: 'trials', width: columns, height: body - top }],
    ];
  }
  return [[{ pane: focus, width: columns, height: body }]];
}

/**
 * A grid of dots drawn with braille characters: two columns and four rows of dots a terminal cell.
 *
 * Source: Unicode block U+2800, whose low eight bits are the dots. Each cell has one layer, the highest
 * that was drawn into it: a terminal cell has one colour.
 */

/** Bit of the dot at [row][column] of a cell. */
const bits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

export interface BrailleCell {
  /** A space where no dot is set. */
  readonly character: string;
  /** Highest layer drawn into the cell; 0 where it is empty. */
  readonly layer: number;
}

export interface BrailleCanvas {
  /** Size in dots. */
  readonly width: number;
  readonly height: number;
  /** Sets one dot, counted from the top left; outside the canvas nothing happens. @param layer at least 1 */
  dot(x: number, y: number, layer: number): void;
  /** Sets the dots of a straight line, both ends included. */
  line(x0: number, y0: number, x1: number, y1: number, layer: number): void;
  /** Rows of cells from the top. */
  rows(): readonly (readonly BrailleCell[])[];
}

/** @param columns, rows size in terminal cells */
export function createBrailleCanvas(columns: number, rows: number): BrailleCanvas {
  const dots = new Uint8Array(columns * rows);
  const layers = new Uint8Array(columns * rows);
  const width = 2 * columns;
  const height = 4 * rows;

  function dot(x: number, y: number, layer: number): void {
    const column = Math.round(x);
    const row = Math.round(y);
    if (!(column >= 0 && column < width && row >= 0 && row < height)) return;
    const cell = (row >> 2) * columns + (column >> 1);
    dots[cell] = (dots[cell] ?? 0) | (bits[row & 3]?.[column & 1] ?? 0);
    layers[cell] = Math.max(layers[cell] ?? 0, layer);
  }

  function line(x0: number, y0: number, x1: number, y1: number, layer: number): void {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))));
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      dot(x0 + share * (x1 - x0), y0 + share * (y1 - y0), layer);
    }
  }

  return {
    width,
    height,
    dot,
    line,
    rows: () =>
      Array.from({ length: rows }, (_, row) =>
        Array.from({ length: columns }, (__, column) => {
          const pattern = dots[row * columns + column] ?? 0;
          return {
            character: pattern === 0 ? ' ' : String.fromCharCode(0x2800 + pattern),
            layer: layers[row * columns + column] ?? 0,
          };
        }),
      ),
  };
}

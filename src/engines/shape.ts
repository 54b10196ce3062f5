/** Checks of tensor shapes that every engine makes before it computes; a mismatch is our bug, so a plain Error. */
import type { Tensor } from './engine.js';
import type { Chain } from './layer.js';

function describeShape(tensor: Tensor): string {
  return `${tensor.rows} × ${tensor.columns}`;
}

/** @throws Error that names both shapes if they differ. */
export function requireSameShape(operation: string, expected: Tensor, actual: Tensor): void {
  if (expected.rows !== actual.rows || expected.columns !== actual.columns) {
    throw new Error(`${operation}: expected a ${describeShape(expected)} tensor, got ${describeShape(actual)}.`);
  }
}

/** @throws Error that names both shapes if `actual` is not rows × columns. */
export function requireShape(operation: string, rows: number, columns: number, actual: Tensor): void {
  if (actual.rows !== rows || actual.columns !== columns) requireSameShape(operation, { rows, columns }, actual);
}

/** @throws Error unless both are positive integers. */
export function requireDimensions(rows: number, columns: number): void {
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 1 || columns < 1) {
    throw new Error(`Rows and columns must be positive integers, got ${describeShape({ rows, columns })}.`);
  }
}

/** @throws Error that names both lengths if they differ. */
export function requireLength(operation: string, expected: number, actual: number): void {
  if (expected !== actual) {
    throw new Error(`${operation}: expected ${expected} values, got ${actual}.`);
  }
}

/** @throws Error if one of the arguments is the tensor that the operation overwrites. */
export function requireDistinct(operation: string, target: Tensor, source: Tensor): void {
  if (target === source) {
    throw new Error(`${operation}: the target must not be one of the sources.`);
  }
}

/** @throws Error unless a product a ⊙ b fits: b like a, or one column. */
export function requireFactors(target: Tensor, base: Tensor | null, a: Tensor, b: Tensor): void {
  requireSameShape('multiply: a', target, a);
  if (base !== null) requireSameShape('multiply: base', target, base);
  requireShape('multiply: b', a.rows, b.columns === 1 ? 1 : a.columns, b);
}

/** @throws Error unless both rows exist and are as long. */
export function requireRows(target: Tensor, targetRow: number, source: Tensor, sourceRow: number): void {
  requireShape('copyRow: source', source.rows, target.columns, source);
  const inside = (row: number, { rows }: Tensor): boolean => Number.isInteger(row) && row >= 0 && row < rows;
  if (!inside(targetRow, target) || !inside(sourceRow, source)) {
    throw new Error(
      `copyRow: row ${sourceRow} of ${describeShape(source)} to row ${targetRow} of ${describeShape(target)}.`,
    );
  }
}

/** @throws Error unless both blocks of columns exist, in two matrices with as many rows. */
export function requireColumns(
  target: Tensor,
  targetColumn: number,
  source: Tensor,
  sourceColumn: number,
  count: number,
): void {
  requireDistinct('copyColumns', target, source);
  requireShape('copyColumns: source', target.rows, source.columns, source);
  const inside = (first: number, { columns }: Tensor): boolean =>
    Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 1 && first + count <= columns;
  if (!inside(targetColumn, target) || !inside(sourceColumn, source)) {
    throw new Error(
      `copyColumns: ${count} columns from ${sourceColumn} of ${describeShape(source)} ` +
        `to ${targetColumn} of ${describeShape(target)}.`,
    );
  }
}

/** @throws Error unless the tensor has an entry of this index. */
export function requireEntry(target: Tensor, entry: number): void {
  if (!Number.isInteger(entry) || entry < 0 || entry >= target.rows * target.columns) {
    throw new Error(`addEntry: there is no entry ${entry} in a ${describeShape(target)} tensor.`);
  }
}

type ChainEnds = Pick<Chain, 'inputs' | 'outputs'>;

/** @throws Error unless `evaluate` of a chain has what it takes. */
export function requireEvaluation({ inputs, outputs }: ChainEnds, x: Tensor, target: Tensor): void {
  requireShape('evaluate: x', x.rows, inputs, x);
  requireShape('evaluate: target', x.rows, outputs, target);
  requireDistinct('evaluate', target, x);
}

/** @throws Error unless `pullback` or `pullbackInput` of a chain has what it takes. */
export function requirePullback(
  { inputs, outputs }: ChainEnds,
  x: Tensor,
  y: Tensor,
  yBar: Tensor,
  xBar: Tensor | null,
): void {
  requireShape('pullback: x', x.rows, inputs, x);
  requireShape('pullback: y', x.rows, outputs, y);
  requireShape('pullback: yBar', x.rows, outputs, yBar);
  if (xBar === null) return;
  requireShape('pullback: xBar', x.rows, inputs, xBar);
  requireDistinct('pullback', xBar, yBar);
}

/** @throws Error unless `pushforward` of a chain has what it takes. */
export function requirePushforward(
  { inputs, outputs }: ChainEnds,
  x: Tensor,
  y: Tensor,
  xDot: Tensor,
  yDot: Tensor,
): void {
  requireShape('pushforward: x', x.rows, inputs, x);
  requireShape('pushforward: y', x.rows, outputs, y);
  requireShape('pushforward: xDot', x.rows, inputs, xDot);
  requireShape('pushforward: yDot', x.rows, outputs, yDot);
  requireDistinct('pushforward', yDot, xDot);
}

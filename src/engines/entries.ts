/**
 * Operations on entries as they lie in host memory, for engines that keep them there: not worth a kernel.
 *
 * Invariant: sums and differences are formed in doubles, in ascending order, whatever the entries' type.
 */
import type { EntryRatio } from './engine.js';

export type Entries = Float32Array | Float64Array;

/** target = base + scale · (a ⊙ factors), one factor a row. */
export function multiplyRows(
  target: Entries,
  base: Entries | null,
  scale: number,
  a: Entries,
  factors: Entries,
  columns: number,
): void {
  for (const [row, factor] of factors.entries()) {
    const end = (row + 1) * columns;
    for (let i = row * columns; i < end; i += 1) target[i] = (base === null ? 0 : base[i]) + scale * factor * a[i];
  }
}

/** A block of columns from one row-major matrix to another; both have `rows` rows. */
export function copyColumns(rows: number, target: ColumnBlock, source: ColumnBlock, count: number): void {
  for (let row = 0; row < rows; row += 1) {
    const to = row * target.columns + target.first;
    const from = row * source.columns + source.first;
    for (let i = 0; i < count; i += 1) target.entries[to + i] = source.entries[from + i];
  }
}

/** Columns from `first` on of a matrix of so many columns. */
interface ColumnBlock {
  readonly entries: Entries;
  readonly columns: number;
  readonly first: number;
}

/** Σ a_i b_i. */
export function dot(a: Entries, b: Entries): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return sum;
}

export function maxRatio(a1: Entries, a2: Entries, b1: Entries, b2: Entries): EntryRatio {
  let largest: EntryRatio = { value: 0, entry: 0, numerator: a1[0] - a2[0], denominator: b1[0] - b2[0] };
  for (let entry = 0; entry < a1.length; entry += 1) {
    const numerator = a1[entry] - a2[entry];
    const denominator = b1[entry] - b2[entry];
    const value = denominator === 0 ? 0 : Math.abs(numerator / denominator);
    if (Number.isNaN(value)) return { value, entry, numerator, denominator };
    if (value > largest.value) largest = { value, entry, numerator, denominator };
  }
  return largest;
}

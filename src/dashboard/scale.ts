/**
 * Axes of a plot: linear, or logarithmic where positive data spans nearly a decade or more.
 *
 * Ticks stand at 1, 2 or 5 times a power of ten (Heckbert, "Nice numbers for graph labels", Graphics Gems
 * 1990); on a logarithmic axis at decades, with 2 and 5 between them where there is room.
 */

export interface Scale {
  readonly kind: 'linear' | 'log';
  /** Ends of the axis, in the data's units; low < high. */
  readonly low: number;
  readonly high: number;
}

/** Data whose largest value is more than this many times the smallest gets a logarithmic axis. */
const logSpan = 6;
/** Free space at either end, as a share of the axis. */
const margin = 0.04;

/** Values closer than this to each other, relative to their size, are drawn as one. */
const narrowest = 1e-9;
/** Values closer than this to zero are drawn as zero. */
const smallest = 1e-100;

/** An axis that holds all values. @param values finite; none at all gives 0 … 1 */
export function fitScale(values: readonly number[]): Scale {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return { kind: 'linear', low: 0, high: 1 };
  if (low > smallest && high > logSpan * low) {
    const room = (high / low) ** margin;
    return { kind: 'log', low: low / room, high: high * room };
  }
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (size < smallest) return { kind: 'linear', low: -0.5, high: 0.5 };
  const room = high - low > narrowest * size ? margin * (high - low) : 0.5 * size;
  return { kind: 'linear', low: low - room, high: high + room };
}

/** Where a value stands on the axis: 0 at `low`, 1 at `high`, outside of it beyond; NaN where a log axis has no place. */
export function position(scale: Scale, value: number): number {
  if (scale.kind === 'linear') return (value - scale.low) / (scale.high - scale.low);
  return Math.log(value / scale.low) / Math.log(scale.high / scale.low);
}

/** Round values within the axis, ascending: at most `count`, or a few more where they would be less than two. */
export function ticks(scale: Scale, count: number): readonly number[] {
  const sets = scale.kind === 'log' ? logTickSets(scale) : linearTickSets(scale, count);
  let finer: readonly number[] = [];
  for (const values of sets) {
    if (values.length <= count) return values.length < 2 && finer.length > 0 ? finer : values;
    finer = values;
  }
  return finer;
}

/** Sets of ticks from fine to coarse. */
function* linearTickSets({ low, high }: Scale, count: number): Generator<readonly number[]> {
  const finest = Math.floor(Math.log10((high - low) / Math.max(1, count))) - 1;
  for (let exponent = finest; exponent <= finest + 3; exponent++) {
    for (const factor of [1, 2, 5]) {
      const step = factor * 10 ** exponent;
      const first = Math.ceil(low / step);
      const last = Math.floor(high / step);
      yield Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => roundTo((first + index) * step, step));
    }
  }
}

function* logTickSets({ low, high }: Scale): Generator<readonly number[]> {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const at = (factors: readonly number[], stride: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index)
      .filter((exponent) => exponent % stride === 0)
      .flatMap((exponent) => factors.map((factor) => roundTo(factor * 10 ** exponent, 10 ** exponent)))
      .filter((value) => value >= low && value <= high);
  yield at([1, 2, 5], 1);
  yield at([1, 3], 1);
  for (let stride = 1; stride <= last - first + 1; stride++) yield at([1], stride);
}

/** Removes the rounding error of `value` below `step`: 0.30000000000000004 → 0.3. */
function roundTo(value: number, step: number): number {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(step)));
  return digits > 100 ? value : Number(value.toFixed(digits));
}

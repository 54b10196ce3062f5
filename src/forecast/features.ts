/**
 * Parameters of a trial as numbers for a regression.
 *
 * A numeric parameter becomes one feature in [−1, 1] over the range that the samples and the cells to come span: in the logarithm
 * where they span a decade or more, as tolerances, weights and learning rates do. Any other parameter becomes one indicator a value.
 * A parameter that takes one value only says nothing and has no feature.
 */
import { log } from '../elementary/elementary.js';

export type Setting = Readonly<Record<string, number | string | boolean>>;

export interface Features {
  /** Length of each vector. */
  readonly count: number;
  /** @returns features of a setting; a value that was not among the samples' has no indicator */
  of(setting: Setting): Float64Array;
}

/** One parameter's share of the vector, written from `at` on. */
interface Encoder {
  readonly name: string;
  readonly width: number;
  readonly write: (value: number | string | boolean | undefined, into: Float64Array, at: number) => void;
}

/** More values than this are no categories to learn from. */
const mostCategories = 32;

/** @param without names that say nothing of what is to be learned */
export function featuresOver(settings: readonly Setting[], without: readonly string[]): Features {
  const names = new Set(settings.flatMap((setting) => Object.keys(setting)));
  for (const name of without) names.delete(name);
  const encoders = [...names].sort().flatMap((name) => {
    const values = new Set(settings.map((setting) => setting[name]));
    if (values.size < 2) return [];
    const numbers = [...values].filter((value) => typeof value === 'number');
    return numbers.length === values.size ? [numeric(name, numbers)] : [categorical(name, values)];
  });
  const count = encoders.reduce((sum, { width }) => sum + width, 0);
  return {
    count,
    of: (setting) => {
      const vector = new Float64Array(count);
      let at = 0;
      for (const { name, width, write } of encoders) {
        write(setting[name], vector, at);
        at += width;
      }
      return vector;
    },
  };
}

function numeric(name: string, values: readonly number[]): Encoder {
  const positive = values.filter((value) => value > 0);
  const smallest = positive.reduce((low, value) => Math.min(low, value), Infinity);
  const largest = values.reduce((high, value) => Math.max(high, value), -Infinity);
  const logarithmic = values.every((value) => value >= 0) && largest >= 10 * smallest;
  // Zero, "no weight", lies one decade below the smallest weight.
  const scaled = (value: number): number => (logarithmic ? log(Math.max(value, smallest / 10)) : value);
  const all = values.map(scaled);
  const [low, high] = all.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
  return {
    name,
    width: 1,
    write: (value, into, at) => {
      if (typeof value === 'number') into[at] = (2 * (scaled(value) - low)) / (high - low) - 1;
    },
  };
}

function categorical(name: string, values: ReadonlySet<unknown>): Encoder {
  const places = new Map([...values].slice(0, mostCategories).map((value, index) => [value, index] as const));
  return {
    name,
    width: places.size,
    write: (value, into, at) => {
      const place = places.get(value);
      if (place !== undefined) into[at + place] = 1;
    },
  };
}

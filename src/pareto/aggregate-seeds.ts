/**
 * Repeats of one cell with different seeds, as mean and spread.
 *
 * The spread is the sample standard deviation (n − 1), computed in two passes: the textbook's
 * one-pass formula cancels when the spread is small against the mean.
 */

export interface SeedStatistics {
  readonly mean: number;
  /** Sample standard deviation; null for a single seed, where there is none. */
  readonly sd: number | null;
  readonly n: number;
}

export interface SeedGroup<Trial, Measure extends string> {
  readonly group: string;
  readonly trials: readonly Trial[];
  /** Null where a trial of the group has no such value (a task without accuracy). */
  readonly statistics: Readonly<Record<Measure, SeedStatistics | null>>;
}

/**
 * Groups trials by `groupOf`, in the order in which groups first appear, and aggregates each measure.
 * A non-finite value makes the mean and the spread non-finite: leaving it out would reward divergence.
 */
export function aggregateSeeds<Trial, Measure extends string>(
  trials: readonly Trial[],
  groupOf: (trial: Trial) => string,
  measures: Readonly<Record<Measure, (trial: Trial) => number | null>>,
): readonly SeedGroup<Trial, Measure>[] {
  const groups = new Map<string, Trial[]>();
  for (const trial of trials) {
    const group = groupOf(trial);
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [trial]);
    else members.push(trial);
  }
  const names = Object.keys(measures) as Measure[];
  return Array.from(groups, ([group, members]) => ({
    group,
    trials: members,
    statistics: Object.fromEntries(
      names.map((name) => [name, statistics(members.map((trial) => measures[name](trial)))]),
    ) as Record<Measure, SeedStatistics | null>,
  }));
}

function statistics(values: readonly (number | null)[]): SeedStatistics | null {
  const numbers = values.filter((value) => value !== null);
  const n = numbers.length;
  if (n === 0 || n < values.length) return null;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / n;
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: n === 1 ? null : Math.sqrt(squares / (n - 1)), n };
}

/**
 * Repeats of one cell with different seeds, as mean and spread.
 *
 * The spread is the sample standard deviation (n − 1). Both come from the corrected two-pass algorithm
 * (Chan, Golub & LeVeque 1983, equation 1.7): the one-pass formula cancels when the spread is small
 * against the mean, and the correction makes equal values give exactly themselves and a spread of 0.
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
  const rough = numbers.reduce((sum, value) => sum + value, 0) / n;
  const rest = numbers.reduce((sum, value) => sum + (value - rough), 0);
  const squares = numbers.reduce((sum, value) => sum + (value - rough) ** 2, 0);
  const mean = Number.isFinite(rough) ? rough + rest / n : rough;
  const sd = n === 1 ? null : Math.sqrt(Math.max(0, squares - rest ** 2 / n) / (n - 1));
  return { mean, sd, n };
}

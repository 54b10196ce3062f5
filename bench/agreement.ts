/**
 * Whether the libraries did the same work.
 *
 * ODEs: the losses after all iterations agree; their methods and steps differ, so they agree to the error of the solves,
 * not to rounding. SDEs: each library has noise of its own, so mean and variance at the end agree over many paths within
 * their sampling errors, for every component.
 */
import type { Cell, Entry } from './cell.js';
import type { Moments } from './ours/moments.js';

/** Largest relative difference of losses; measured: 2e-5 at tolerance 1e-3, 2e-6 at 1e-6. */
export const LOSS_TOLERANCE = 1e-4;

/** Largest difference of moments in standard errors; of a hundred comparisons one reaches 2.6, in a million one 4.9. */
export const DEVIATIONS = 5;

/** One sentence for each disagreement; none if all is well. */
export function disagreements({ problem, kind, threads, entries }: Cell, paths: number): readonly string[] {
  const [first, ...others] = entries;
  const place = `${problem} on ${threads} thread${threads === 1 ? '' : 's'}`;
  return others.flatMap((other) => {
    const pair = `${place}: ${first.library} and ${other.library}`;
    if (kind === 'ode') {
      const gap = Math.abs(other.loss - first.loss) / Math.abs(first.loss);
      if (gap <= LOSS_TOLERANCE) return [];
      return [`${pair} end with losses ${first.loss} and ${other.loss}, ${gap.toExponential(1)} apart.`];
    }
    const deviations = largestDeviation(first, other, paths);
    if (deviations === null || deviations <= DEVIATIONS) return [];
    return [`${pair} have moments ${deviations.toFixed(1)} standard errors apart.`];
  });
}

function largestDeviation(a: Entry, b: Entry, paths: number): number | null {
  if (a.moments === null || b.moments === null) return null;
  const [first, second] = [errors(a.moments, paths), errors(b.moments, paths)];
  const deviations = first.flatMap(({ value, error }, k) => {
    const other = second[k];
    return Math.abs(value - other.value) / Math.hypot(error, other.error);
  });
  // A NaN must not pass for agreement.
  return deviations.some(Number.isNaN) ? Infinity : Math.max(...deviations);
}

/** Means, then variances, with their standard errors. */
function errors({ mean, variance, fourth }: Moments, paths: number) {
  return [
    ...mean.map((value, k) => ({ value, error: Math.sqrt(variance[k] / paths) })),
    ...variance.map((value, k) => ({ value, error: Math.sqrt((fourth[k] - value * value) / paths) })),
  ];
}

/**
 * Where an adaptive step ends: at a dyadic fraction of the path's interval, no coarser than 1/64 of the step.
 *
 * A Brownian tree reaches such times after a few halvings, any other only at its leaves, at several times the cost. Rounding
 * down shortens a step by less than 1/64, 0.6 % on average, and never lengthens it.
 */
const FINENESS = 64;

/** No step is shortened to less than this share of itself. */
export const SHORTEST_SHARE = 1 - 1 / FINENESS;

/** The largest t0 + (t1 − t0)·n/2^m of the path's interval that is at most t + h, for the least m with spacing ≤ h/64. */
export function dyadicEnd(t: number, h: number, { t0, t1 }: { readonly t0: number; readonly t1: number }): number {
  const span = t1 - t0;
  let divisions = 1;
  while (span > (h / FINENESS) * divisions) divisions *= 2;
  return t0 + (span * Math.floor(((t + h - t0) / span) * divisions)) / divisions;
}

/**
 * Crossover and mutation of one coordinate in the unit interval, bounded.
 *
 * Sources: simulated binary crossover, Deb and Agrawal 1995, Complex Systems 9; polynomial mutation, Deb and Goyal 1996;
 * both with the spread cut at the bounds, as in Deb, Pratap, Agarwal and Meyarivan 2002. The larger η, the nearer to the
 * parents.
 */
import { pow } from '../elementary/elementary.js';
import type { RandomStream } from '../random/random.js';

const crossoverEta = 15;
const mutationEta = 20;

/** One of the two children of a and b, by chance. */
export function crossover(a: number, b: number, stream: RandomStream): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  const [u, side] = [stream.uniform(), stream.uniform()];
  if (high - low < 1e-12) return a;
  const bound = side < 0.5 ? low : 1 - high;
  const alpha = 2 - pow(1 + (2 * bound) / (high - low), -(crossoverEta + 1));
  const spread = pow(u * alpha <= 1 ? u * alpha : 1 / (2 - u * alpha), 1 / (crossoverEta + 1));
  const middle = (low + high) / 2;
  const half = (spread * (high - low)) / 2;
  return clip(side < 0.5 ? middle - half : middle + half);
}

export function mutation(x: number, stream: RandomStream): number {
  const u = stream.uniform();
  const down = u < 0.5;
  // The share of the interval beyond x, towards the side that is taken.
  const rest = down ? 1 - x : x;
  const v = down ? 2 * u : 2 * (1 - u);
  const step = 1 - pow(v + (1 - v) * pow(rest, mutationEta + 1), 1 / (mutationEta + 1));
  return clip(down ? x - step : x + step);
}

/** Below 1, as quantiles are. */
function clip(u: number): number {
  return Math.min(1 - 2 ** -53, Math.max(0, u));
}

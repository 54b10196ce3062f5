/**
 * Between the values of a parameter and the unit interval: every sampler draws a number there, and one inverse
 * distribution function makes it a value.
 *
 * Invariant: `valueAt` is monotone in u for ranges and integers, and gives listed values and integers equal shares.
 */
import { exp, log } from '../elementary/elementary.js';
import { multiples, type Domain, type Scalar } from './domain.js';

/** The value of a parameter at its quantile u in [0, 1). @throws Error if the domain is empty */
export function valueAt(domain: Domain, u: number): Scalar {
  switch (domain.kind) {
    case 'values':
      return domain.values[Math.floor(u * domain.values.length)];
    case 'integers':
      return domain.min + Math.floor(u * (domain.max - domain.min + 1));
    case 'range': {
      const { min, max, logarithmic, step } = domain;
      const drawn = logarithmic ? exp(between(log(min), log(max), u)) : between(min, max, u);
      // Twelve digits keep cells readable and hide the last bits of exp.
      if (step === null) return Math.min(max, Math.max(min, Number(drawn.toPrecision(12))));
      const { first, last } = multiples(min, max, step);
      const nearest = Math.min(last, Math.max(first, Math.round(drawn / step)));
      return Number((nearest * step).toPrecision(12));
    }
  }
}

/**
 * A number in [0, 1] that `valueAt` takes back to the value, up to its rounding: the middle of the share that the value
 * has. Values outside of a range count as its ends; null: the value is not in the list.
 */
export function unitOf(domain: Domain, value: Scalar): number | null {
  if (domain.kind === 'values') {
    const index = domain.values.indexOf(value);
    return index < 0 ? null : (index + 0.5) / domain.values.length;
  }
  if (typeof value !== 'number') return null;
  const { min, max } = domain;
  if (domain.kind === 'integers') return clip((value - min + 0.5) / (max - min + 1));
  if (min === max) return 0.5;
  if (!domain.logarithmic) return clip((value - min) / (max - min));
  return clip((log(Math.max(min, value)) - log(min)) / (log(max) - log(min)));
}

function between(low: number, high: number, u: number): number {
  return low + (high - low) * u;
}

function clip(u: number): number {
  return Math.min(1, Math.max(0, u));
}

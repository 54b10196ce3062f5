/**
 * From an entry under `parameters` to the values it stands for.
 */
import { exp, log } from '../../elementary/elementary.js';
import { multiples, type Domain, type Scalar } from '../../samplers/domain.js';
import type { ParameterEntry, ParameterObject } from './parameter-schema.js';

export type DomainResult =
  | { readonly state: 'ok'; readonly domain: Domain }
  /** `key` of the entry at which it is wrong; null if it is the entry as a whole. */
  | { readonly state: 'wrong'; readonly message: string; readonly key: keyof ParameterObject | null };

/**
 * @param isWrittenAsReal whether the number under a key is written with a point or an exponent: as in W&B, 1.0 to
 *   5.0 are real numbers and 1 to 5 integers, though 1.0 and 1 are the same number
 */
export function parameterDomain(entry: ParameterEntry, isWrittenAsReal: (key: 'min' | 'max') => boolean): DomainResult {
  if (Array.isArray(entry)) return values(entry);
  return typeof entry === 'object' ? fromObject(entry, isWrittenAsReal) : values([entry]);
}

function fromObject(entry: ParameterObject, isWrittenAsReal: (key: 'min' | 'max') => boolean): DomainResult {
  const ways = [entry.value, entry.values, entry.log_grid, entry.min ?? entry.max].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    const given = Object.keys(entry)
      .filter((key) => key !== 'when')
      .join(', ');
    return wrong(
      `needs exactly one of value, values, log_grid, or min and max, but has ${given === '' ? 'none' : given}`,
    );
  }
  if (entry.min !== undefined || entry.max !== undefined)
    return range(entry, isWrittenAsReal('min') || isWrittenAsReal('max'));
  if (entry.q !== undefined) return wrong('takes q only with min and max', 'q');
  const { distribution } = entry;
  if (entry.log_grid !== undefined) {
    return distribution === undefined
      ? logGrid(entry.log_grid)
      : wrong('takes no distribution with log_grid', 'distribution');
  }
  if (distribution !== undefined && distribution !== 'categorical' && distribution !== 'constant') {
    return wrong(`needs min and max for the distribution ${distribution}, not values`, 'distribution');
  }
  return values(entry.values ?? (entry.value === undefined ? [] : [entry.value]));
}

function values(listed: readonly Scalar[]): DomainResult {
  return { state: 'ok', domain: { kind: 'values', values: listed } };
}

function logGrid({ min, max, count }: NonNullable<ParameterObject['log_grid']>): DomainResult {
  if (min > max) return wrong(`needs min ≤ max in log_grid, not ${min} and ${max}`, 'log_grid');
  if (count === 1 && min !== max) return wrong('needs min = max for a log_grid of count 1', 'log_grid');
  const [low, high] = [log(min), log(max)];
  // Twelve digits: 1e-6 … 1e-3 in four is exactly 1e-6, 1e-5, 1e-4, 1e-3.
  const inner = (k: number): number => Number(exp(low + ((high - low) * k) / (count - 1)).toPrecision(12));
  const grid = Array.from({ length: count }, (_, k) => (k === 0 ? min : k === count - 1 ? max : inner(k)));
  if (!grid.every((value, k) => k === 0 || value > grid[k - 1])) {
    return wrong(`needs min and max farther apart for a log_grid of ${count} different values`, 'log_grid');
  }
  return values(grid);
}

function range(entry: ParameterObject, isReal: boolean): DomainResult {
  const { min, max, q = null } = entry;
  if (min === undefined || max === undefined) return wrong('needs both min and max');
  if (!(min <= max) || !Number.isFinite(max - min)) return wrong(`needs min ≤ max, not ${min} and ${max}`, 'min');
  const integers = Number.isSafeInteger(min) && Number.isSafeInteger(max);
  const distribution = entry.distribution ?? (integers && !isReal && q === null ? 'int_uniform' : 'uniform');
  const quantized = distribution.startsWith('q_');
  if (q !== null && !quantized)
    return wrong('takes q only with the distributions q_uniform and q_log_uniform_values', 'q');
  switch (distribution) {
    case 'constant':
    case 'categorical':
      return wrong(`needs value or values for the distribution ${distribution}, not min and max`, 'distribution');
    case 'int_uniform':
      if (!integers || max - min >= 2 ** 32) {
        return wrong('needs whole numbers min and max less than 2^32 apart for int_uniform', 'min');
      }
      return { state: 'ok', domain: { kind: 'integers', min, max } };
    case 'uniform':
    case 'q_uniform':
    case 'log_uniform_values':
    case 'q_log_uniform_values': {
      const logarithmic = distribution.includes('log');
      if (logarithmic && min <= 0) return wrong(`needs min > 0 for ${distribution}, not ${min}`, 'min');
      if (quantized && q === null) return wrong(`needs q, the step of its values, for ${distribution}`, 'distribution');
      const { first, last } = multiples(min, max, q ?? 1);
      if (q !== null && !(first <= last && Number.isSafeInteger(first) && Number.isSafeInteger(last))) {
        return wrong(`has no multiple of q = ${q} between ${min} and ${max}`, 'q');
      }
      return { state: 'ok', domain: { kind: 'range', min, max, logarithmic, step: q } };
    }
  }
}

function wrong(message: string, key: keyof ParameterObject | null = null): DomainResult {
  return { state: 'wrong', message, key };
}

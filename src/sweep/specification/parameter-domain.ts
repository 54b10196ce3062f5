/**
 * From an entry under `parameters` to the values it stands for.
 */
import { exp, log } from '../../elementary/elementary.js';
import type { Domain, Scalar } from '../../samplers/domain.js';
import type { ParameterEntry, ParameterObject } from './file-schema.js';

export type DomainResult =
  { readonly state: 'ok'; readonly domain: Domain } | { readonly state: 'wrong'; readonly message: string };

export function parameterDomain(entry: ParameterEntry): DomainResult {
  if (Array.isArray(entry)) return values(entry);
  return typeof entry === 'object' ? fromObject(entry) : values([entry]);
}

function fromObject(entry: ParameterObject): DomainResult {
  const ways = [entry.value, entry.values, entry.log_grid, entry.min ?? entry.max].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    return wrong('A parameter needs exactly one of value, values, log_grid, or min and max.');
  }
  const listed = entry.value !== undefined ? [entry.value] : entry.values;
  if (listed !== undefined) {
    if (entry.distribution !== undefined && entry.distribution !== 'categorical' && entry.distribution !== 'constant') {
      return wrong(`The distribution ${entry.distribution} needs min and max, not values.`);
    }
    return values(listed);
  }
  return entry.log_grid === undefined ? range(entry) : logGrid(entry.log_grid);
}

function values(listed: readonly Scalar[]): DomainResult {
  const strange = listed.find((value) => typeof value === 'number' && !Number.isFinite(value));
  if (strange !== undefined) return wrong(`A value must be finite, not ${String(strange)}.`);
  return { state: 'ok', domain: { kind: 'values', values: [...new Set(listed)] } };
}

function logGrid({ min, max, count }: NonNullable<ParameterObject['log_grid']>): DomainResult {
  if (min > max || (count === 1 && min !== max)) {
    return wrong('log_grid needs min ≤ max, and min = max for a count of 1.');
  }
  const [low, high] = [log(min), log(max)];
  // Twelve digits: 1e-6 … 1e-3 in four is exactly 1e-6, 1e-5, 1e-4, 1e-3.
  const inner = (k: number): number => Number(exp(low + ((high - low) * k) / (count - 1)).toPrecision(12));
  const grid = Array.from({ length: count }, (_, k) => (k === 0 ? min : k === count - 1 ? max : inner(k)));
  return values(grid);
}

function range(entry: ParameterObject): DomainResult {
  const { min, max, q = null } = entry;
  if (min === undefined || max === undefined) return wrong('A range needs both min and max.');
  if (!(min <= max) || !Number.isFinite(max - min))
    return wrong(`A range needs finite min ≤ max, not ${min} and ${max}.`);
  const integers = Number.isSafeInteger(min) && Number.isSafeInteger(max);
  const distribution = entry.distribution ?? (integers ? 'int_uniform' : 'uniform');
  switch (distribution) {
    case 'constant':
    case 'categorical':
      return wrong(`The distribution ${distribution} needs value or values, not min and max.`);
    case 'int_uniform':
      if (!integers || max - min >= 2 ** 32)
        return wrong('int_uniform needs integers min and max less than 2^32 apart.');
      return { state: 'ok', domain: { kind: 'integers', min, max } };
    case 'uniform':
    case 'q_uniform':
    case 'log_uniform_values':
    case 'q_log_uniform_values': {
      const logarithmic = distribution.includes('log');
      const quantized = distribution.startsWith('q_');
      if (logarithmic && min <= 0) return wrong(`${distribution} needs min > 0, not ${min}.`);
      if (quantized !== (q !== null)) return wrong(`q goes with the distributions q_uniform and q_log_uniform_values.`);
      return { state: 'ok', domain: { kind: 'range', min, max, logarithmic, step: q } };
    }
  }
}

function wrong(message: string): DomainResult {
  return { state: 'wrong', message };
}

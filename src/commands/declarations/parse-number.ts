/** Numbers on the command line. */
import { InvalidArgumentError } from 'commander';
import { longestSeconds, parseDuration } from '../../sweep/specification/duration.js';

/** @throws InvalidArgumentError, which commander reports with the option's name */
export function parsePositiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be an integer of at least 1.');
  return value;
}

/** @throws as `parsePositiveInteger` */
export function parseSeconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds > 0 && seconds <= longestSeconds) return seconds;
  throw new InvalidArgumentError('It must be a length of time of at most 24 days: 90s, 10m, 1h30m.');
}

/** One more of an argument that may be given several times. @throws as `parsePositiveInteger` */
export function collectPositiveIntegers(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, parsePositiveInteger(text)];
}

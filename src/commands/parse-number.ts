/** Numbers on the command line. */
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError, which commander reports with the option's name */
export function parsePositiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be an integer of at least 1.');
  return value;
}

/** Numbers on the command line. */
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError, which commander reports with the option's name */
export function parsePositiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be an integer of at least 1.');
  return value;
}

/** One more of an argument that may be given several times. @throws as `parsePositiveInteger` */
export function collectPositiveIntegers(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, parsePositiveInteger(text)];
}

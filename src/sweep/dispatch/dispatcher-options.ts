/** What every executor asks of its options, and where the trainer's worker lies. */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { UserError } from '../../errors.js';
import { longestSeconds } from '../specification/duration.js';
import type { DispatcherOptions } from './dispatcher.js';

/** @returns trials at a time @throws UserError if an option means nothing */
export function requireOptions({ workers = availableParallelism(), ...limits }: DispatcherOptions): number {
  requirePositiveWhole('workers', workers);
  const { memoryMegabytes, timeoutSeconds } = limits;
  if (memoryMegabytes !== undefined) requirePositiveWhole('memory', memoryMegabytes);
  if (timeoutSeconds !== undefined) requireTimeout(timeoutSeconds);
  return workers;
}

/** @throws UserError if the program has not been built */
export function resolveWorker(
  name: '#workers/trial' | '#workers/trial-process' | '#workers/trial-program' | '#workers/evaluation',
): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new UserError('environment', 'The program that trains a trial is missing from this installation.', {
      hint: 'In a checkout run "npm run build"; otherwise install the package again.',
      cause,
    });
  }
}

function requirePositiveWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new UserError('usage', `${name} must be a whole number of at least 1, but is ${value}.`);
}

function requireTimeout(seconds: number): void {
  if (seconds > 0 && seconds <= longestSeconds) return;
  const message = `A trial's time limit must be more than 0 and at most ${longestSeconds} seconds, but is ${seconds}.`;
  throw new UserError('usage', message);
}

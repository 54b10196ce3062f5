/**
 * Why a trial failed, from whatever was thrown.
 *
 * Runs on the side that caught it: a thread boundary strips an error of its class, code and hint.
 */
import { inspect } from 'node:util';
import { UserError } from '../errors.js';
import { MemoryExceeded } from './memory-limit.js';
import type { TrialReason } from './trial.js';

/**
 * @param thrown anything; of a `UserError` the code and the hint are kept (a stack would not help the
 *   user), of every other error the stack
 */
export function failureReason(thrown: unknown): TrialReason {
  if (thrown instanceof MemoryExceeded) return thrown.reason;
  if (thrown instanceof UserError) {
    return {
      code: thrown.code,
      message: thrown.message,
      ...(thrown.hint === undefined ? {} : { detail: thrown.hint }),
    };
  }
  if (thrown instanceof Error) {
    return { code: 'error', message: thrown.message, ...(thrown.stack === undefined ? {} : { detail: thrown.stack }) };
  }
  return { code: 'error', message: `Something that is not an error was thrown: ${inspect(thrown)}` };
}

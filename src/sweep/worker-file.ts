/** Where the built modules lie that run on worker threads. */
import { createRequire } from 'node:module';
import { UserError } from '../errors.js';

/** @throws UserError if the program has not been built */
export function resolveWorker(name: 'trial' | 'evaluation'): string {
  try {
    return createRequire(import.meta.url).resolve(`#workers/${name}`);
  } catch (cause) {
    throw new UserError(
      'environment',
      `The program of the worker threads (${name}) is missing from this installation.`,
      {
        hint: 'In a checkout run "npm run build"; otherwise install the package again.',
        cause,
      },
    );
  }
}

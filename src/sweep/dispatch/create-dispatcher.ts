/** The executors that there are, by name. */
import type { Dispatcher, DispatcherOptions } from './dispatcher.js';
import { createThreadDispatcher } from './thread-dispatcher.js';

/** @throws UserError if an option means nothing or the program has not been built */
export function createDispatcher(options: DispatcherOptions = {}): Dispatcher {
  return createThreadDispatcher(options);
}

/** The executors that there are, by name. */
import type { Dispatcher, DispatcherOptions } from './dispatcher.js';
import type { ExecutorName } from './executor-names.js';
import { createIsolatingDispatcher } from './isolating-dispatcher.js';
import { createProcessDispatcher } from './process-dispatcher.js';
import { createThreadDispatcher } from './thread-dispatcher.js';

const executors: Readonly<Record<ExecutorName, (options: DispatcherOptions) => Dispatcher>> = {
  thread: (options) =>
    createIsolatingDispatcher(createThreadDispatcher(options), (workers) =>
      createProcessDispatcher({ ...options, workers }),
    ),
  process: createProcessDispatcher,
};

export interface ExecutorOptions extends DispatcherOptions {
  /** Where trials run; default: on threads of this process. */
  readonly executor?: ExecutorName;
}

/** @throws UserError if an option means nothing or the program has not been built */
export function createDispatcher({ executor = 'thread', ...options }: ExecutorOptions = {}): Dispatcher {
  return executors[executor](options);
}

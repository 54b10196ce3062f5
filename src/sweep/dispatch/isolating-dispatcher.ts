/**
 * Threads, and beside them child processes for the trials that are to be isolated.
 *
 * A native crash in a thread takes the whole run along, and nothing is left that could say which of its trials it was. So
 * those that were running when several runs died in a row are suspects, no more: in a process of its own the one that
 * crashes fails by itself, and the others complete, with the same bits as on a thread.
 *
 * Known limit: threads and processes count their places each for themselves; who runs trials keeps the sum.
 */
import type { Dispatcher } from './dispatcher.js';

/** @param createProcesses called once, for the first trial that is to be isolated */
export function createIsolatingDispatcher(
  threads: Dispatcher,
  createProcesses: (workers: number) => Dispatcher,
): Dispatcher {
  let processes: Dispatcher | null = null;
  let ending = false;

  const end = (): void => {
    ending = true;
  };

  return {
    isolates: true,
    get workers() {
      return threads.workers;
    },
    resize: (workers) => {
      threads.resize(workers);
      processes?.resize(workers);
    },
    run: (request, hooks) => {
      // Threads that end refuse every trial, and no processes are to be made for that.
      if (hooks.isolated !== true || ending) return threads.run(request, hooks);
      processes ??= createProcesses(threads.workers);
      return processes.run(request, hooks);
    },
    drain: () => {
      end();
      threads.drain();
      processes?.drain();
    },
    abort: () => {
      end();
      threads.abort();
      processes?.abort();
    },
    close: async () => {
      end();
      await Promise.all([threads.close(), processes?.close()]);
    },
  };
}

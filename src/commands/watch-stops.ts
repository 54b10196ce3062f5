/**
 * Requests to stop a run: signals and the dashboard's keys climb the same ladder – drain, abort, exit.
 */
import { nextStop, type StopRequest } from '../dashboard/stop-request.js';
import type { StopMode } from '../sweep/events.js';

export interface StopActions {
  /** What the run says it is doing. */
  readonly stopping: () => StopMode | null;
  readonly stop: (mode: StopMode) => void;
  /** Restores the terminal, at once, before the process goes. */
  readonly leave: () => void;
}

export interface StopWatch {
  readonly ask: (request: StopRequest) => void;
  /** Asks once more what was asked before there was a run to ask. */
  readonly repeat: () => void;
  /** The signal that asked first, if any did; a key counts as SIGINT. */
  readonly signal: () => NodeJS.Signals | null;
  readonly close: () => void;
}

export function watchStops({ stopping, stop, leave }: StopActions): StopWatch {
  let asked: StopRequest | null = null;
  let received: NodeJS.Signals | null = null;
  const ask = (request: StopRequest): void => {
    asked = request;
    received ??= 'SIGINT';
    if (request !== 'exit') {
      stop(request);
      return;
    }
    // As if nobody had listened: the shell sees the signal. Orphans are queued again by the next run.
    leave();
    close();
    process.kill(process.pid, 'SIGINT');
  };
  const interrupt = (): void => ask(nextStop(asked, stopping()));
  const terminate = (signal: NodeJS.Signals): void => {
    received = signal;
    ask('abort');
  };
  const close = (): void => {
    process.off('SIGINT', interrupt).off('SIGTERM', terminate).off('SIGHUP', terminate);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', terminate).on('SIGHUP', terminate);
  const repeat = (): void => {
    if (asked === 'drain' || asked === 'abort') stop(asked);
  };
  return { ask, repeat, signal: () => received, close };
}

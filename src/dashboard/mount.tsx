/** Where React and Ink begin: imported only by `startDashboard`, after NODE_ENV is set. */
import { render } from 'ink';
import type { ReadStream, WriteStream } from 'node:tty';
import { DashboardView, type DashboardViewProps } from './dashboard-view.js';

export interface Mounted {
  readonly unmount: () => void;
  /** Rejects with what a component threw. */
  readonly gone: Promise<void>;
}

/** @param stream each write on it is one whole frame */
export function mount(props: DashboardViewProps, stream: WriteStream, stdin: ReadStream): Mounted {
  const instance = render(<DashboardView {...props} />, {
    stdout: stream,
    stdin,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
    incrementalRendering: false,
    isScreenReaderEnabled: false,
  });
  return {
    unmount: () => {
      instance.unmount();
    },
    gone: instance.waitUntilExit().then(() => undefined),
  };
}

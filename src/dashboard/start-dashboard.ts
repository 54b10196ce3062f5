/**
 * The only door to React and Ink: shows a sweep on the terminal until it is closed.
 *
 * The dashboard never ends the process and never stops a run by itself: it asks, through `onStop`.
 */
import type { Monitor } from '../sweep/monitor/monitor.js';
import { canShowDashboard } from './can-show-dashboard.js';
import { createController, type RunControl } from './controller.js';
import type { EvaluatedPoint } from './evaluated-points.js';
import { createPacedStore } from './paced-store.js';
import type { StopRequest } from './stop-request.js';
import { openScreen, type Terminal } from './terminal-screen.js';
import { chooseTheme } from './theme.js';

export interface DashboardOptions {
  readonly monitor: Monitor;
  readonly terminal: Terminal;
  /** NO_COLOR is read from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Ctrl-C, or `q` twice: asks for more each time. While the screen is open the terminal sends no SIGINT.
   * Null for a dashboard that only looks on.
   */
  readonly onStop: ((request: StopRequest) => void) | null;
  /** Pauses the run and ends trials; null as `onStop`. */
  readonly control: RunControl | null;
  /** Models of the sweep that were solved by other settings before the run; default: none. */
  readonly evaluated?: readonly EvaluatedPoint[];
}

export type DashboardEnd =
  /** The viewer quit, or `close` was called. */
  | { readonly kind: 'closed' }
  /** Our bug; the terminal is restored, the run goes on. */
  | { readonly kind: 'failed'; readonly error: unknown };

export interface Dashboard {
  /** Resolves when the terminal is restored; never rejects. */
  readonly ended: Promise<DashboardEnd>;
  /** Restores the terminal; may be called again. */
  readonly close: () => void;
}

/** Frames that are drawn because of events. */
const pace = { hertz: 8, share: 0.05, patience: 1000 } as const;

/** @throws Error where `canShowDashboard` is false */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { monitor, terminal, environment, onStop, control, evaluated = [] } = options;
  if (!canShowDashboard(terminal, environment)) throw new Error('The dashboard was started without a terminal.');
  const { mount } = await importForProduction();

  const snapshots = createPacedStore(monitor, pace);
  const screen = openScreen(terminal);
  let unmount: (() => void) | null = null;
  function restore(): void {
    snapshots.close();
    screen.close();
  }
  function close(): void {
    restore();
    unmount?.();
    unmount = null;
  }
  try {
    const controller = createController({ snapshots, screen, onStop, control, evaluated, onQuit: close });
    const mounted = mount(
      { controller, theme: chooseTheme(environment), onGone: restore },
      screen.stream,
      terminal.stdin,
    );
    unmount = mounted.unmount;
    const ended = mounted.gone.then(
      (): DashboardEnd => ({ kind: 'closed' }),
      (error: unknown): DashboardEnd => ({ kind: 'failed', error }),
    );
    return { ended, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** React decides while it loads whether to be slow and to keep every render's timing in memory: not here. */
async function importForProduction() {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    return await import('./mount.js');
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

/**
 * Hands a monitor's snapshots to React at a limited rate: however fast events come, the screen is drawn a
 * few times a second, and less often where drawing is slow, since the cores belong to the trials.
 *
 * What the viewer does is not paced: a key is answered at once.
 */
import type { Monitor, SweepSnapshot } from '../sweep/monitor/monitor.js';

export interface PacedStore {
  /** Same identity until the next tick. */
  readonly get: () => SweepSnapshot;
  readonly subscribe: (changed: () => void) => () => void;
  readonly close: () => void;
}

export interface Pace {
  /** At most so many snapshots a second. */
  readonly hertz: number;
  /** Share of this thread's time that drawing may take, in (0, 1]. */
  readonly share: number;
  /**
   * Milliseconds that a snapshot waits at most: where the cores are busy, drawing seems to take long although it
   * only waits for one, and a screen that stands still looks like a run that hangs.
   */
  readonly patience: number;
}

export function createPacedStore(monitor: Monitor, { hertz, share, patience }: Pace): PacedStore {
  const subscribers = new Set<() => void>();
  let current = monitor.snapshot();
  let timer = setTimeout(tick, 0);
  timer.unref();
  let open = true;

  function tick(): void {
    const started = performance.now();
    const next = monitor.snapshot();
    if (next !== current) {
      current = next;
      for (const changed of subscribers) changed();
    }
    // React draws in a microtask: an immediate comes after it.
    setImmediate(() => {
      if (!open) return;
      const cost = performance.now() - started;
      timer = setTimeout(tick, Math.max(1000 / hertz, Math.min(cost / share, patience)));
      timer.unref();
    });
  }

  return {
    get: () => current,
    subscribe: (changed) => {
      subscribers.add(changed);
      return () => subscribers.delete(changed);
    },
    close: () => {
      open = false;
      clearTimeout(timer);
    },
  };
}

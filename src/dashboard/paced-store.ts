/**
 * Hands a monitor's snapshots to React at a limited rate: however fast events come, the screen is drawn a
 * few times a second, and less often where drawing is slow, since the cores belong to the trials.
 *
 * What the viewer does is not paced: a key is answered at once. Nor is the sweep's start, which a screen without anything
 * on it waits for.
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
  /** Null while a snapshot is drawn. */
  let timer: NodeJS.Timeout | null = null;
  let open = true;
  const ignore = monitor.subscribe(() => {
    ignore();
    schedule(0);
  });
  schedule(0);

  function schedule(milliseconds: number): void {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(tick, milliseconds);
    timer.unref();
  }

  function tick(): void {
    timer = null;
    const started = performance.now();
    const next = monitor.snapshot();
    if (next !== current) {
      current = next;
      for (const changed of subscribers) changed();
    }
    // React draws in a microtask: an immediate comes after it.
    setImmediate(() => {
      if (!open || timer !== null) return;
      const cost = performance.now() - started;
      schedule(Math.max(1000 / hertz, Math.min(cost / share, patience)));
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
      ignore();
      if (timer !== null) clearTimeout(timer);
    },
  };
}

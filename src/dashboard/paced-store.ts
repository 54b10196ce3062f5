/**
 * Hands a monitor's snapshots to React at a limited rate: however fast events come, the screen is
 * composed a few times a second.
 */
import type { Monitor, SweepSnapshot } from '../sweep/monitor.js';

export interface PacedStore {
  /** Same identity until the next tick. */
  readonly get: () => SweepSnapshot;
  readonly subscribe: (changed: () => void) => () => void;
  /** Takes the latest snapshot at once, so that a last frame shows the end. */
  readonly flush: () => void;
  readonly close: () => void;
}

/** @param hertz how often at most a new snapshot is handed on */
export function createPacedStore(monitor: Monitor, hertz: number): PacedStore {
  const subscribers = new Set<() => void>();
  let current = monitor.snapshot();

  function flush(): void {
    const next = monitor.snapshot();
    if (next === current) return;
    current = next;
    for (const changed of subscribers) changed();
  }

  const timer = setInterval(flush, 1000 / hertz);
  timer.unref();
  return {
    get: () => current,
    subscribe: (changed) => {
      subscribers.add(changed);
      return () => subscribers.delete(changed);
    },
    flush,
    close: () => {
      clearInterval(timer);
    },
  };
}

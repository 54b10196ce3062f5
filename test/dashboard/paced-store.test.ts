import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPacedStore } from '../../src/dashboard/paced-store.js';
import { createMonitor } from '../../src/sweep/monitor/monitor.js';
import { simulatedSweepRow } from '../fixtures/simulated-sweep.js';

const pace = { hertz: 8, share: 0.05, patience: 1000 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** @returns snapshots shown in ten seconds in which something happens all the time */
function shownInTenSeconds(drawing: number): number {
  const monitor = createMonitor(performance);
  const store = createPacedStore(monitor, pace);
  let shown = 0;
  store.subscribe(() => {
    shown += 1;
    vi.advanceTimersByTime(drawing);
  });
  const begin = performance.now();
  while (performance.now() - begin < 10_000) {
    monitor.listen({ kind: 'sweep-paused', paused: true });
    vi.advanceTimersByTime(10);
  }
  store.close();
  return shown;
}

test('a frame that took long to draw, as on busy cores, is followed by another within a good second', () => {
  expect(shownInTenSeconds(500)).toBeGreaterThanOrEqual(5);
});

test('frames that are quick to draw come as often as the pace allows, and no more often', () => {
  expect(shownInTenSeconds(1)).toBeGreaterThan(60);
  expect(shownInTenSeconds(1)).toBeLessThanOrEqual(81);
});

test('drawing that takes tens of milliseconds is given its share of the time', () => {
  const shown = shownInTenSeconds(20);
  expect(shown).toBeGreaterThan(15);
  expect(shown).toBeLessThan(30);
});

test('the start of the sweep is shown at once, however long the empty screen before it took to draw', () => {
  const monitor = createMonitor(performance);
  const store = createPacedStore(monitor, pace);
  vi.advanceTimersByTime(1);
  const draw = vi.fn(() => vi.advanceTimersByTime(900));
  store.subscribe(draw);
  const trials = { requeued: [], retried: [], outsidePlan: 0, workers: 1 };
  monitor.listen({ kind: 'sweep-started', sweep: simulatedSweepRow({}), trials: [], ...trials });
  vi.advanceTimersByTime(1);
  expect(draw).toHaveBeenCalledTimes(1);
  expect(store.get().sweep).not.toBeNull();
  monitor.listen({ kind: 'sweep-paused', paused: true });
  vi.advanceTimersByTime(900);
  expect(draw).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(200);
  expect(draw).toHaveBeenCalledTimes(2);
  store.close();
});

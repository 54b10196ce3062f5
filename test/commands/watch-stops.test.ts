import { expect, test } from 'vitest';
import { watchStops } from '../../src/commands/watch-stops.js';
import type { StopMode } from '../../src/sweep/events.js';

test('a stop that is asked for before there is a run reaches it once there is one', () => {
  const heard: StopMode[] = [];
  let run: { readonly stop: (mode: StopMode) => void } | null = null;
  const stops = watchStops({ stopping: () => null, stop: (mode) => run?.stop(mode), leave: () => undefined });
  try {
    stops.repeat();
    stops.ask('drain');
    run = { stop: (mode) => heard.push(mode) };
    stops.repeat();
    expect(heard).toEqual(['drain']);
    expect(stops.signal()).toBe('SIGINT');
  } finally {
    stops.close();
  }
});

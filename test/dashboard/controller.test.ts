import { expect, test } from 'vitest';
import { createController } from '../../src/dashboard/controller.js';
import { nextStop, type StopRequest } from '../../src/dashboard/stop-request.js';
import type { PressedKey } from '../../src/dashboard/keys.js';
import { createMonitor } from '../../src/sweep/monitor/monitor.js';
import { simulateSweep } from '../fixtures/simulated-sweep.js';

const none: PressedKey = {
  upArrow: false,
  downArrow: false,
  pageUp: false,
  pageDown: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  tab: false,
  shift: false,
  ctrl: false,
  meta: false,
  backspace: false,
  delete: false,
};

/** A controller over a simulated sweep at 80x24; `steps` events have happened. */
function open({ steps = 400, trials = 84, watching = false, size = { columns: 80, rows: 24 } } = {}) {
  const monitor = createMonitor({ now: () => 0 });
  const events = simulateSweep({ trials, workers: 3, epochs: 5, reports: 2 });
  const advance = (count: number) => {
    for (let index = 0; index < count; index++) {
      const next = events.next();
      if (next.done !== true) monitor.listen(next.value);
    }
  };
  advance(steps);
  const asked: (StopRequest | 'quit' | 'redraw' | `kill ${number}` | 'pause' | 'go on')[] = [];
  const controller = createController({
    snapshots: { get: monitor.snapshot, subscribe: monitor.subscribe },
    screen: { size: () => size, onResize: () => () => undefined, repaint: () => asked.push('redraw') },
    onStop: watching ? null : (request) => asked.push(request),
    control: watching
      ? null
      : {
          pause: (paused) => {
            asked.push(paused ? 'pause' : 'go on');
            monitor.listen({ kind: 'sweep-paused', paused });
          },
          kill: (trial) => asked.push(`kill ${trial}`),
        },
    onQuit: () => asked.push('quit'),
  });
  const key = (name: Partial<PressedKey>, input = '') => {
    controller.press(input, { ...none, ...name });
  };
  return {
    monitor,
    asked,
    advance,
    key,
    type: (text: string) => {
      controller.press(text, none);
    },
    current: () => controller.frame().context.current,
    listed: () => controller.frame().context.listed,
    text: () =>
      controller
        .frame()
        .rows.flatMap((blocks) =>
          blocks.flatMap(({ lines }) => lines.map((line) => line.map(({ text }) => text).join(''))),
        )
        .join('\n'),
  };
}

test('until a trial is chosen the first running one is followed, and esc goes back to that', () => {
  const { current, key, type, advance, monitor } = open();
  const firstRunning = () => monitor.snapshot().trials.find(({ state }) => state === 'running')?.id;
  expect(current()).toBe(firstRunning());
  type('g');
  expect(current()).toBe(1);
  advance(300);
  expect(current()).toBe(1);
  key({ escape: true });
  expect(current()).toBe(firstRunning());
});

test('arrows, letters and pages move the selection and stop at the ends', () => {
  const { current, key, type, listed } = open();
  type('g');
  type('jjj');
  expect(current()).toBe(4);
  key({ upArrow: true });
  expect(current()).toBe(3);
  key({ pageDown: true });
  expect(current()).toBeGreaterThan(5);
  type('G');
  expect(current()).toBe(listed().at(-1));
  key({ downArrow: true });
  expect(current()).toBe(84);
});

test('the filter keeps rows that have all words, and esc drops it', () => {
  const { listed, key, type, text } = open();
  type('/solver=bosh3 rtol=1e-6');
  expect(listed()).toHaveLength(7);
  expect(text()).toContain('filter solver=bosh3 rtol=1e-6');
  key({ backspace: true });
  key({ return: true });
  type('j');
  expect(text()).toContain('"solver=bosh3 rtol=1e-"');
  key({ escape: true });
  expect(listed()).toHaveLength(84);
});

test('keys that mean commands are only letters while a filter is typed', () => {
  const { text, type, asked } = open();
  type('/q?');
  expect(asked).toEqual([]);
  expect(text()).toContain('filter q?');
});

test('sorting goes round number, state, nfe, loss, and trials without a value come last', () => {
  const { listed, type, monitor } = open();
  type('ss');
  const nfe = listed().map((id) => monitor.snapshot().trials.find((trial) => trial.id === id)?.result?.nfe ?? null);
  const known = nfe.slice(0, nfe.indexOf(null)).map(Number);
  expect(known.length).toBeGreaterThan(3);
  expect(known).toEqual([...known].sort((a, b) => a - b));
  type('S');
  expect(monitor.snapshot().trials.find(({ id }) => id === listed()[0])?.result?.nfe).toBe(known.at(-1));
  type('Sss');
  expect(listed()[0]).toBe(1);
});

test('enter opens the details of the selected trial, esc comes back', () => {
  const { text, key, type } = open();
  type('g');
  key({ return: true });
  expect(text()).toContain('trial #1');
  expect(text()).not.toContain('loss against nfe');
  key({ escape: true });
  expect(text()).toContain('loss against nfe');
});

test('on the frontier the arrows walk from point to point', () => {
  const { current, type, monitor } = open();
  type('1g');
  expect(current()).toBe(monitor.snapshot().frontier[0]);
  type('j');
  expect(current()).toBe(monitor.snapshot().frontier[1]);
});

test('help lists the keys, and the same key closes it', () => {
  const { text, type } = open();
  type('?');
  expect(text()).toContain('along the frontier');
  type('?');
  expect(text()).not.toContain('along the frontier');
});

test('quitting asks while trials run, and the second q asks the run to drain', () => {
  const { text, type, asked, key } = open();
  type('q');
  expect(asked).toEqual([]);
  expect(text()).toContain('q again: stop 2 running trials at a checkpoint, then quit');
  key({ escape: true });
  expect(text()).not.toContain('q again');
  type('qq');
  expect(asked).toEqual(['drain']);
});

test('every ctrl-c asks for more, also when several come as one chunk', () => {
  const { asked, key, type } = open();
  key({ ctrl: true }, 'c');
  type('\u0003\u0003');
  expect(asked).toEqual(['drain', 'abort', 'exit']);
});

test('a stop that came from elsewhere counts', () => {
  expect(nextStop(null, null)).toBe('drain');
  expect(nextStop(null, 'drain')).toBe('abort');
  expect(nextStop('drain', 'abort')).toBe('exit');
  expect(nextStop('exit', null)).toBe('exit');
});

test('one q leaves a finished sweep, and one that is only watched', () => {
  const finished = open({ steps: 100_000, trials: 6 });
  finished.type('q');
  expect(finished.asked).toEqual(['quit']);
  const watching = open({ watching: true });
  watching.type('q');
  watching.key({ ctrl: true }, 'c');
  expect(watching.asked).toEqual(['quit', 'quit']);
});

test('while the run stops the footer says what is going on', () => {
  const { text, monitor } = open();
  monitor.listen({ kind: 'sweep-stopping', mode: 'drain', cause: null });
  expect(text()).toContain('stopping: letting 2 running trials finish or reach a checkpoint');
});

test('P pauses the run and lets it go on, and the footer says so', () => {
  const { type, asked, text: footer } = open();
  type('P');
  expect(footer()).toContain('paused: 2 running trials go on, no other starts');
  type('P');
  expect(asked).toEqual(['pause', 'go on']);
  expect(footer()).not.toContain('paused');
});

test('X ends the selected trial once it was pressed twice, and no other key between', () => {
  const { key, type, asked, text: footer, current } = open();
  const number = current();
  type('X');
  expect(footer()).toContain(`X again: end trial #${number} as cancelled`);
  key({ escape: true });
  expect(footer()).not.toContain('X again');
  type('X');
  type('j');
  type('X');
  expect(asked).toEqual([]);
  type('X');
  expect(asked).toEqual([`kill ${current()}`]);
});

test('P and X do nothing where the dashboard only looks on, nor X to a trial that has ended', () => {
  const watching = open({ watching: true });
  for (const input of ['P', 'X', 'X']) watching.type(input);
  expect(watching.asked).toEqual([]);
  const ended = open();
  ended.type('g');
  for (const input of ['X', 'X']) ended.type(input);
  expect(ended.asked).toEqual([]);
});

test('ctrl-l draws the screen anew', () => {
  const { asked, key } = open();
  key({ ctrl: true }, 'l');
  expect(asked).toEqual(['redraw']);
});

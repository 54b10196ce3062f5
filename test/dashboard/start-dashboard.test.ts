import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { startDashboard, type Dashboard } from '../../src/dashboard/start-dashboard.js';
import type { StopRequest } from '../../src/dashboard/stop-request.js';
import { displayWidth } from '../../src/report/display-width.js';
import { createMonitor, type Monitor } from '../../src/sweep/monitor/monitor.js';
import { createFakeTerminal, type FakeTerminal } from '../fixtures/fake-terminal.js';
import { simulateSweep } from '../fixtures/simulated-sweep.js';

const opened: Dashboard[] = [];
afterEach(() => {
  for (const dashboard of opened.splice(0)) dashboard.close();
});

interface Shown extends FakeTerminal {
  readonly dashboard: Dashboard;
  readonly monitor: Monitor;
  readonly asked: StopRequest[];
  readonly text: () => string;
}

async function show(
  size: readonly [number, number] = [80, 24],
  options: { readonly events?: number; readonly environment?: Record<string, string>; readonly monitor?: Monitor } = {},
): Promise<Shown> {
  const fake = createFakeTerminal(...size);
  const monitor = options.monitor ?? createMonitor({ now: () => 0 });
  let left = options.events ?? 300;
  for (const event of simulateSweep({ trials: 20, workers: 3, epochs: 5, reports: 2 })) {
    if (left-- <= 0) break;
    monitor.listen(event);
  }
  const asked: StopRequest[] = [];
  const dashboard = await startDashboard({
    monitor,
    terminal: fake.terminal,
    environment: options.environment ?? {},
    onStop: (request) => asked.push(request),
    control: null,
  });
  opened.push(dashboard);
  const text = (): string => (fake.screen() ?? []).join('\n');
  await expect.poll(() => text().trim()).not.toBe('');
  return { ...fake, dashboard, monitor, asked, text };
}

const restored = '\u001B[2J\u001B[?7h\u001B[?25h\u001B[?1049l';

test('the frame is on the alternate screen, below rows − 1 lines and within the columns', async () => {
  for (const size of [
    [80, 24],
    [60, 15],
    [40, 10],
    [120, 36],
    [20, 5],
  ] as const) {
    const { screen } = await show(size);
    const lines = screen() ?? [];
    expect(lines.length).toBeLessThanOrEqual(size[1] - 1);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(size[0]);
    expect(lines.join('\n')).toContain(size[0] === 20 ? '40x10' : 'regular');
  }
});

test('events reach the screen without a key being pressed', async () => {
  const { text, monitor } = await show();
  monitor.listen({ kind: 'sweep-stopping', mode: 'drain', cause: null });
  await expect.poll(text).toContain('finish or reach a checkpoint');
});

test('keys are answered, and ctrl-c is passed on instead of ending anything', async () => {
  const { text, input, asked } = await show();
  input.type('?');
  await expect.poll(text).toContain('along the frontier');
  input.type('?');
  input.type('\u0003');
  input.type('\u0003');
  await expect.poll(() => asked).toEqual(['drain', 'abort']);
  expect(text()).toContain('loss against nfe');
});

test('a resize redraws the whole frame at the new size', async () => {
  const { resize, screen } = await show([120, 36]);
  resize(60, 15);
  await expect.poll(() => screen()?.length).toBe(14);
  for (const line of screen() ?? []) expect(displayWidth(line)).toBeLessThanOrEqual(60);
  resize(30, 8);
  await expect.poll(() => screen()?.join(' ')).toContain('40x10');
  resize(100, 30);
  await expect.poll(() => screen()?.length).toBe(29);
});

test('quitting a finished sweep restores the terminal', async () => {
  const { input, dashboard, written, screen } = await show([80, 24], { events: 100_000 });
  expect(input.isRaw).toBe(true);
  input.type('q');
  expect(await dashboard.ended).toEqual({ kind: 'closed' });
  expect(screen()).toBeNull();
  expect(written().endsWith(restored)).toBe(true);
  expect(input.isRaw).toBe(false);
});

test('closing twice restores once, and nothing is drawn afterwards', async () => {
  const { dashboard, monitor, written, input } = await show();
  dashboard.close();
  dashboard.close();
  await dashboard.ended;
  const before = written();
  monitor.listen({ kind: 'sweep-stopping', mode: 'abort', cause: null });
  input.type('?');
  await sleep(300);
  expect(written()).toBe(before);
  expect(before.split('\u001B[?1049l')).toHaveLength(2);
});

test('what other code prints meanwhile appears after the screen is left, in order', async () => {
  const { dashboard, terminal, written, text } = await show();
  terminal.stdout.write('first\n');
  terminal.stderr.write('second\n');
  await sleep(20);
  expect(written()).not.toContain('first');
  expect(text()).toContain('loss against nfe');
  dashboard.close();
  expect(written().endsWith(`${restored}first\nsecond\n`)).toBe(true);
});

test('an error in a component ends the dashboard only, and the terminal is restored', async () => {
  const monitor = createMonitor({ now: () => 0 });
  let broken = false;
  const { dashboard, written, input } = await show([80, 24], {
    monitor: {
      ...monitor,
      snapshot: () => {
        const snapshot = monitor.snapshot();
        return broken ? { ...snapshot, trials: null as never } : snapshot;
      },
    },
  });
  broken = true;
  const end = await dashboard.ended;
  expect(end).toMatchObject({ kind: 'failed', error: expect.any(TypeError) as unknown });
  expect(written()).toContain(restored);
  expect(input.isRaw).toBe(false);
});

test('the listeners on the process and the terminal are gone after closing', async () => {
  const count = () => process.listenerCount('exit') + process.listenerCount('uncaughtExceptionMonitor');
  const before = count();
  const { dashboard, terminal, input } = await show();
  expect(count()).toBeGreaterThan(before);
  dashboard.close();
  await dashboard.ended;
  expect(count()).toBeLessThanOrEqual(before + 1);
  expect(terminal.stdout.listenerCount('resize')).toBe(0);
  expect(input.listenerCount('readable')).toBe(0);
});

test('NO_COLOR takes every colour away', async () => {
  const { written } = await show([80, 24], { environment: { NO_COLOR: '1' } });
  expect(written()).toContain('loss against nfe');
  const colours = [...written().matchAll(/\[(3[0-8]|9[0-7])[;m]/g)];
  expect(colours).toEqual([]);
});

test('without a terminal nothing is mounted', async () => {
  const fake = createFakeTerminal(80, 24);
  fake.input.isTTY = false;
  const start = startDashboard({
    monitor: createMonitor({ now: () => 0 }),
    terminal: fake.terminal,
    environment: {},
    onStop: null,
    control: null,
  });
  await expect(start).rejects.toThrow('without a terminal');
  expect(fake.written()).toBe('');
});

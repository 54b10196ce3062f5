import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBrailleCanvas } from '../../src/dashboard/braille-canvas.js';
import { plotCurve } from '../../src/dashboard/curve-plot.js';
import { plotFrontier } from '../../src/dashboard/frontier-plot.js';
import { progressBar } from '../../src/dashboard/progress-bar.js';
import { fitScale, position, ticks } from '../../src/dashboard/scale.js';
import { lineWidth, type Line } from '../../src/dashboard/styled-line.js';
import { createMonitor } from '../../src/sweep/monitor/monitor.js';
import type { TrialId } from '../../src/sweep/store.js';
import { simulatedSweepRow, simulatedTrial, simulateSweep } from '../fixtures/simulated-sweep.js';

const textOf = (lines: readonly Line[]) => lines.map((line) => line.map(({ text }) => text).join(''));

test('the dots of a cell are the bits of its braille character', () => {
  const canvas = createBrailleCanvas(2, 1);
  canvas.dot(0, 0, 1);
  canvas.dot(1, 3, 1);
  canvas.line(2, 0, 2, 3, 2);
  canvas.dot(9, 9, 3);
  expect(canvas.rows()).toEqual([
    [
      { character: '⢁', layer: 1 },
      { character: '⡇', layer: 2 },
    ],
  ]);
});

test('dots outside the canvas, or nowhere, draw nothing', () => {
  fc.assert(
    fc.property(fc.double(), fc.double(), (x, y) => {
      fc.pre(!(x > -1 && x < 8 && y > -1 && y < 12));
      const canvas = createBrailleCanvas(4, 3);
      canvas.dot(x, y, 1);
      expect(
        canvas
          .rows()
          .flat()
          .every(({ character }) => character === ' '),
      ).toBe(true);
    }),
  );
});

const finite = fc.double({ min: -1e12, max: 1e12, noNaN: true });
const values = fc.oneof(
  fc.array(finite, { maxLength: 20 }),
  fc.array(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), { maxLength: 20 }),
  fc.array(fc.integer({ min: -3, max: 300 }), { maxLength: 20 }),
);

test('an axis holds all its values, and keeps their order', () => {
  fc.assert(
    fc.property(values, (data) => {
      const scale = fitScale(data);
      expect(scale.low).toBeLessThan(scale.high);
      const sorted = [...data].sort((a, b) => a - b);
      let before = 0;
      for (const value of sorted) {
        const at = position(scale, value);
        expect(at).toBeGreaterThanOrEqual(before);
        expect(at).toBeLessThanOrEqual(1);
        before = at;
      }
    }),
  );
});

test('ticks are round, ascending, within the axis and few', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 2, max: 12 }), (data, count) => {
      const scale = fitScale(data);
      const marks = ticks(scale, count);
      expect(marks.length).toBeLessThanOrEqual(Math.max(count, 6));
      marks.forEach((mark, index) => {
        expect(mark).toBeGreaterThanOrEqual(scale.low - 1e-9 * Math.abs(scale.low));
        expect(mark).toBeLessThanOrEqual(scale.high + 1e-9 * Math.abs(scale.high));
        if (index > 0) expect(mark).toBeGreaterThan(marks[index - 1] ?? NaN);
      });
    }),
  );
});

test('positive data over nearly a decade gets a logarithmic axis, other data a linear one', () => {
  expect(fitScale([0.01, 2]).kind).toBe('log');
  expect(fitScale([20, 80]).kind).toBe('linear');
  expect(fitScale([0, 100]).kind).toBe('linear');
  expect(ticks(fitScale([0.012, 80]), 6)).toEqual([0.01, 0.1, 1, 10, 100]);
  expect(ticks(fitScale([20, 80]), 4)).toEqual([20, 40, 60, 80]);
});

test('a bar is full only when all is done', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 60 }), (fraction, width) => {
      const bar = progressBar(fraction, width, 'good');
      expect(lineWidth(bar)).toBe(width);
      expect(textOf([bar])[0] === '━'.repeat(width)).toBe(fraction === 1);
    }),
  );
});

test('the scatter marks the frontier, joins it by a staircase and highlights the selected trial', () => {
  const monitor = createMonitor({ now: () => 0 });
  const points = [
    [20, 0.4],
    [40, 0.2],
    [80, 0.1],
    [70, 0.35],
  ] as const;
  const trials = points.map(([nfe, loss], index) =>
    simulatedTrial(index, {
      state: 'completed',
      result: { nfe, loss, accuracy: null, trainLoss: 0, trainSeconds: 0, predictSeconds: 0, epochs: 1 },
    }),
  );
  monitor.listen({
    kind: 'sweep-started',
    sweep: simulatedSweepRow(),
    trials,
    workers: 1,
    requeued: [],
    retried: [],
    outsidePlan: 0,
  });
  const lines = textOf(plotFrontier(monitor.snapshot(), 3 as TrialId, { width: 40, height: 12 }));
  expect(lines).toMatchInlineSnapshot(`
    [
      " 0.4 ┤ ●⠒⠒⠒⠒⠒⠒⠒⠒⠒⢲                      ",
      "     │           ⢸               ⣀      ",
      "     │           ⢸               ⠉      ",
      " 0.3 ┤           ⢸                      ",
      "     │           ⢸                      ",
      "     │           ⢸                      ",
      " 0.2 ┤           ●⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⢤ ",
      "     │                                ⢸ ",
      "     │                                ⢸ ",
      " 0.1 ┤                                ◆ ",
      "     └─┴─────────┴─────────┴──────────┴─",
      "      20        40        60         80",
    ]
  `);
});

test('a plot never exceeds its place, whatever its size and data', () => {
  const snapshots = [0, 1, 40, 400].map((count) => {
    const monitor = createMonitor({ now: () => 0 });
    let seen = 0;
    for (const event of simulateSweep({ trials: 30, workers: 3, epochs: 3, reports: 1 })) {
      if (seen++ > count) break;
      monitor.listen(event);
    }
    return monitor.snapshot();
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...snapshots),
      fc.integer({ min: 12, max: 150 }),
      fc.integer({ min: 1, max: 40 }),
      (snapshot, width, height) => {
        const lines = plotFrontier(snapshot, null, { width, height });
        expect(lines.length).toBeLessThanOrEqual(Math.max(2, height));
        if (lines.length > 2) for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(width);
      },
    ),
  );
});

test('a curve leaves out values that are not finite', () => {
  const points = [3, NaN, 1, Infinity].map((value, index) => ({ epoch: index + 1, value }));
  expect(plotCurve(points, 'plain', { width: 30, height: 8 })).toHaveLength(8);
  expect(plotCurve([{ epoch: 1, value: NaN }], 'plain', { width: 30, height: 8 })).toEqual([]);
});

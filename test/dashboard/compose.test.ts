import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createComposer, type Frame } from '../../src/dashboard/compose.js';
import { panes } from '../../src/dashboard/layout.js';
import { lineWidth } from '../../src/dashboard/styled-line.js';
import { sortKeys } from '../../src/dashboard/trial-order.js';
import { initialView } from '../../src/dashboard/view-state.js';
import { createMonitor, type SweepSnapshot } from '../../src/sweep/monitor/monitor.js';
import type { TrialId } from '../../src/sweep/store.js';
import { simulatedSweepRow, simulatedTrial, simulateSweep } from '../fixtures/simulated-sweep.js';

function snapshotAfter(events: number, trials = 60): SweepSnapshot {
  const monitor = createMonitor({ now: () => 0 });
  let seen = 0;
  for (const event of simulateSweep({ trials, workers: 4, epochs: 6, reports: 2 })) {
    if (seen++ >= events) break;
    monitor.listen(event);
  }
  return monitor.snapshot();
}

/** Names and messages that nobody should write, but somebody will. */
function hostileSnapshot(): SweepSnapshot {
  const monitor = createMonitor({ now: () => 0 });
  const trial = simulatedTrial(0);
  const parameters = {
    λ_重み: 0.1,
    'a very long name of a parameter': 'a\u001B[31mvalue\nwith lines'.repeat(9),
    emoji: '👩‍👩‍👧',
  };
  const reason = {
    code: 'error',
    message: `first line\nsecond\tline \u001B[2J ${'x'.repeat(300)}`,
    epoch: 3,
    iteration: 4,
  };
  monitor.listen({
    kind: 'sweep-started',
    sweep: simulatedSweepRow({ name: '掃引'.repeat(40), task: 'a\nb', axes: Object.keys(parameters) }),
    trials: [{ ...trial, cell: { ...trial.cell, parameters } }],
    workers: 1,
    requeued: [],
    retried: [],
    outsidePlan: 0,
  });
  monitor.listen({ kind: 'trial-started', trial: trial.id, attempt: 1 });
  monitor.listen({ kind: 'trial-noted', trial: trial.id, message: `a note\n\u001B[2J ${'漢'.repeat(200)}` });
  monitor.listen({ kind: 'trial-ended', trial: trial.id, state: 'failed', reason });
  return monitor.snapshot();
}

const awaited = { name: '掃引\n'.repeat(40), task: 'a\nb', trials: 100_000, ended: 99_999 };

const snapshots = [
  createMonitor({ now: () => 0 }).snapshot(),
  createMonitor({ now: () => 0 }, awaited).snapshot(),
  ...[1, 30, 300, 700, 100_000].map((events) => snapshotAfter(events)),
  hostileSnapshot(),
];

const result = { nfe: 9, loss: 0.01, accuracy: null, trainLoss: 0, trainSeconds: 0, predictSeconds: 0, epochs: 1 };
const evaluated = [
  { number: 1, result },
  { number: 1, result: { ...result, loss: NaN } },
  { number: 2, result: { ...result, nfe: 1e9, loss: 1e-9 } },
  // Of a trial outside the plan.
  { number: 999, result: { ...result, nfe: 1, loss: 1e-10 } },
];

const views = fc.record({
  focus: fc.constantFrom(...panes),
  before: fc.constantFrom(...panes),
  order: fc.record({
    by: fc.constantFrom(...sortKeys),
    descending: fc.boolean(),
    filter: fc.constantFrom('', 'tsit5', '#1', 'no such trial', '漢字 👩‍👩‍👧'),
  }),
  selected: fc.constantFrom(null, 1 as TrialId, 30 as TrialId, 999 as TrialId),
  help: fc.boolean(),
  typing: fc.boolean(),
  leaving: fc.boolean(),
  killing: fc.constantFrom(null, 3 as TrialId),
  detailsTop: fc.nat(40),
});

function height(frame: Frame): number {
  return frame.rows.reduce((sum, blocks) => sum + Math.max(...blocks.map(({ lines }) => lines.length)), 0);
}

function textOf({ rows }: Frame): readonly string[] {
  return rows.flat().flatMap(({ lines }) => lines.map((line) => line.map((part) => part.text).join('')));
}

test('while the trials of a large sweep are read, the frame tells how they stand', () => {
  const opening = createMonitor({ now: () => 0 }, { ...awaited, name: 'large', task: 'spiral-node' }).snapshot();
  const text = textOf(createComposer(true)(opening, initialView, { columns: 80, rows: 24 })).join('\n');
  expect(text).toMatch(/large {2}spiral-node +99999 of 100000 ended/);
  expect(text).not.toContain('No trial');
});

test('a frame is at most rows − 1 high and no line wider than its place, in every view and size', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...snapshots),
      views,
      fc.integer({ min: 1, max: 220 }),
      fc.integer({ min: 1, max: 70 }),
      (snapshot, view, columns, rows) => {
        const frame = createComposer(true, evaluated)(snapshot, view, { columns, rows });
        expect(height(frame)).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const blocks of frame.rows) {
          expect(blocks.reduce((sum, { width }) => sum + width, 0)).toBeLessThanOrEqual(columns);
          for (const { lines, width } of blocks) {
            for (const line of lines) {
              expect(lineWidth(line)).toBe(width);
              for (const { text } of line) expect(text).not.toMatch(/\p{Control}/u);
            }
          }
        }
      },
    ),
    { numRuns: 400 },
  );
});

test('a terminal that is too small is told so', () => {
  const frame = createComposer(true)(snapshotAfter(10), initialView, { columns: 39, rows: 12 });
  expect(
    frame.rows
      .flat()
      .flatMap(({ lines }) => lines.flat().map(({ text }) => text))
      .join(' '),
  ).toContain('40x10');
});

test('columns that do not fit are left out whole and counted', () => {
  const text = textOf(createComposer(true)(snapshotAfter(500), initialView, { columns: 60, rows: 15 }));
  expect(text.some((line) => line.includes('columns hidden'))).toBe(true);
  expect(text.some((line) => line.includes('…'))).toBe(false);
});

test('what is noted of a trial stands among its details', () => {
  const view = { ...initialView, focus: 'details', selected: 1 as TrialId } as const;
  const text = textOf(createComposer(true)(hostileSnapshot(), view, { columns: 120, rows: 40 }));
  expect(text.some((line) => /^.*\bnote +a note/.test(line))).toBe(true);
});

test('models that were solved by other settings are marked on the plane and counted among the details', () => {
  const size = { columns: 120, rows: 40 };
  const view = { ...initialView, selected: 1 as TrialId };
  const text = textOf(createComposer(true, evaluated)(snapshotAfter(700), view, size)).join('\n');
  expect(text).toContain('□ evaluated');
  // The legend's, and the two that no other evaluation beats.
  expect(text.match(/□/g)).toHaveLength(3);
  expect(text).toMatch(/evaluated +by 2 other settings/);
  expect(textOf(createComposer(true)(snapshotAfter(700), view, size)).join('\n')).not.toContain('evaluated');
});

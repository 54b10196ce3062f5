import { expect, test } from 'vitest';
import { createNdjsonReporter } from '../../src/report/ndjson-reporter.js';
import { createPlainReporter } from '../../src/report/plain-reporter.js';
import { createMonitor } from '../../src/sweep/monitor/monitor.js';
import type { SweepEvent } from '../../src/sweep/events.js';
import type { TrialId } from '../../src/sweep/store.js';
import {
  simulatedEpoch,
  simulatedResult,
  simulatedSweepRow,
  simulatedTrial,
  simulateSweep,
} from '../fixtures/simulated-sweep.js';

const trials = [
  simulatedTrial(0, { state: 'completed', attempts: 1, result: simulatedResult(simulatedTrial(0), 3) }),
  simulatedTrial(1),
  simulatedTrial(2),
];
const started: SweepEvent = {
  kind: 'sweep-started',
  sweep: simulatedSweepRow({ existed: true, axes: ['error_weight', 'solver'] }),
  trials,
  workers: 2,
  requeued: [2 as TrialId],
  retried: [],
  outsidePlan: 4,
};
const progress = (trial: number, fraction: number): SweepEvent => ({
  kind: 'trial-progress',
  trial: trial as TrialId,
  progress: { fraction, epoch: 1, epochs: 3, iteration: 1, iterationsPerEpoch: 9, loss: 1, nfe: 20 },
});

function plain(): { lines: string[]; tell: (event: SweepEvent) => void; wait: (seconds: number) => void } {
  const lines: string[] = [];
  let time = 0;
  const now = (): number => time;
  const monitor = createMonitor({ now });
  const report = createPlainReporter({ write: (text) => lines.push(text), now, interval: 10_000, monitor });
  const tell = (event: SweepEvent): void => {
    monitor.listen(event);
    report(event);
  };
  return { lines, tell, wait: (seconds) => (time += 1000 * seconds) };
}

test('a resumed sweep says what was finished, what is queued again and what lies outside the plan', () => {
  const { lines, tell } = plain();
  tell(started);
  expect(lines).toEqual([
    'sweep regularised-spirals: task spirals, 3 trials over error_weight, solver, 2 workers\n',
    '  1 finished before, 2 to run\n',
    '  queued again, left running by a run that was killed: #2\n',
    '  4 stored trials outside this plan: kept, not run\n',
  ]);
});

test('every trial that ends is one line, with its cell, figures and the time left, or with its reason', () => {
  const { lines, tell, wait } = plain();
  tell(started);
  lines.length = 0;
  tell({ kind: 'trial-started', trial: 2 as TrialId, attempt: 1 });
  wait(4);
  tell({
    kind: 'trial-completed',
    trial: 2 as TrialId,
    result: { ...simulatedResult(trials[1] ?? simulatedTrial(1), 3), nfe: 32.125, loss: 0.01234, accuracy: 0.971 },
  });
  tell({ kind: 'trial-started', trial: 3 as TrialId, attempt: 1 });
  wait(2);
  tell({
    kind: 'trial-ended',
    trial: 3 as TrialId,
    state: 'diverged',
    reason: { code: 'non_finite', message: 'the loss became NaN\nat epoch 2' },
  });
  tell({ kind: 'sweep-finished', stopped: null, cause: null });
  expect(lines).toEqual([
    '[2/3]  #2  completed  error_weight=1e-4  solver=tsit5  nfe 32.13  loss 0.01234  accuracy 97.1%  4s  ETA 3s (2s-5s)\n',
    '[3/3]  #3  diverged   error_weight=0.001  solver=tsit5  2s  reason non_finite: the loss became NaN at epoch 2\n',
    'finished after 6s: 2 completed, 1 diverged\n',
  ]);
});

test('a heartbeat is printed only when nothing was printed for the interval', () => {
  const { lines, tell, wait } = plain();
  tell(started);
  tell({ kind: 'trial-started', trial: 2 as TrialId, attempt: 1 });
  lines.length = 0;
  wait(9);
  tell(progress(2, 0.3));
  expect(lines).toEqual([]);
  wait(1);
  tell(progress(2, 0.5));
  tell(progress(2, 0.51));
  expect(lines).toEqual(['[1/3]  running #2 50%  ETA 7s (7s-14s)\n']);
});

test('stopping is told, and so is what goes back to the queue', () => {
  const { lines, tell } = plain();
  tell(started);
  tell({ kind: 'trial-started', trial: 2 as TrialId, attempt: 1 });
  lines.length = 0;
  tell({ kind: 'sweep-stopping', mode: 'abort', cause: null });
  tell({ kind: 'trial-requeued', trial: 2 as TrialId });
  tell({ kind: 'sweep-finished', stopped: 'abort', cause: null });
  expect(lines).toEqual([
    'aborting: running trials are queued again\n',
    '#2 stopped; queued again\n',
    'stopped after 0s: 2 queued, 1 completed\n',
  ]);
});

function ndjson(events: Iterable<SweepEvent>): Record<string, unknown>[] {
  const lines: string[] = [];
  const tell = createNdjsonReporter({ write: (text) => lines.push(text) });
  for (const event of events) tell(event);
  return lines.map((line) => {
    expect(line).toMatch(/^[^\n]+\n$/);
    return JSON.parse(line) as Record<string, unknown>;
  });
}

test('every event is one JSON line with a version, and trials go by their number', () => {
  const records = ndjson(simulateSweep({ trials: 5, workers: 2, epochs: 2, reports: 1 }));
  for (const record of records) {
    expect(record).toMatchObject({ v: 1, event: expect.stringMatching(/^[a-z_]+$/) as unknown });
    for (const key of Object.keys(record)) expect(key).toMatch(/^[a-z0-9_]+$/);
  }
  expect(records[0]).toMatchObject({ event: 'sweep_started', sweep: 'regularised-spirals', trials: 5, finished: 0 });
  expect(records.filter(({ event }) => event === 'trial_completed').length).toBeGreaterThan(0);
  expect(records.at(-1)).toEqual({ v: 1, event: 'sweep_finished', stopped: null, cause: null });
});

test('numbers that JSON lacks are named', () => {
  const metrics = {
    ...simulatedEpoch(simulatedTrial(0), 1, 2),
    testLoss: NaN,
    trainLoss: Infinity,
    meanStep: -Infinity,
  };
  const [, epoch] = ndjson([started, { kind: 'epoch-recorded', trial: 1 as TrialId, metrics }]);
  expect(epoch).toMatchObject({
    event: 'epoch_recorded',
    trial: 1,
    test_loss: 'NaN',
    train_loss: 'Infinity',
    mean_step: '-Infinity',
  });
});

test('names of parameters and packages are kept as they are', () => {
  const [, begun] = ndjson([started, { kind: 'trial-started', trial: 2 as TrialId, attempt: 1 }]);
  expect(begun).toMatchObject({ trial: 2, attempt: 1, cell: 'hash1', parameters: { learning_rate: 0.01 } });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frontier } from '../../src/pareto/frontier.js';
import type { SweepEvent } from '../../src/sweep/events.js';
import { programEngine } from '../../src/programs/told-trial.js';
import { createMonitor, type SweepSnapshot } from '../../src/sweep/monitor/monitor.js';
import type { TrialId } from '../../src/sweep/store.js';
import { trialStates } from '../../src/sweep/trial-state.js';
import type { TrialResult } from '../../src/training/trial.js';
import {
  simulatedEpoch,
  simulatedResult,
  simulatedSweepRow,
  simulatedTrial,
  simulateSweep,
} from '../fixtures/simulated-sweep.js';

const result = (nfe: number, loss: number): TrialResult => ({
  nfe,
  loss,
  accuracy: null,
  trainLoss: loss,
  trainSeconds: 1,
  predictSeconds: 0.1,
  epochs: 1,
});

function startEvent(count: number, workers = 2): SweepEvent {
  const trials = Array.from({ length: count }, (_, index) => simulatedTrial(index));
  return {
    kind: 'sweep-started',
    sweep: simulatedSweepRow(),
    trials,
    workers,
    requeued: [],
    retried: [],
    outsidePlan: 0,
  };
}

test('counts the trials that a growing sweep adds, of those it will have', () => {
  const monitor = createMonitor(clock());
  monitor.listen({ ...startEvent(2), total: 5 } as SweepEvent);
  expect(monitor.snapshot()).toMatchObject({ total: 5, counts: { queued: 2 } });
  monitor.listen({ kind: 'trials-added', trials: [simulatedTrial(2), simulatedTrial(3)], total: 5 });
  monitor.listen({ kind: 'trial-started', trial: 4 as TrialId, attempt: 1 });
  expect(monitor.snapshot()).toMatchObject({ total: 5, counts: { queued: 3, running: 1 } });
  expect(monitor.snapshot().trials.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  monitor.listen({ kind: 'trials-added', trials: [], total: 4 });
  expect(monitor.snapshot().total).toBe(4);
});

test('a standing is the snapshot without its list of trials, at every moment of a run', () => {
  const time = clock();
  const monitor = createMonitor(time);
  const events: readonly SweepEvent[] = [
    startEvent(3),
    { kind: 'trial-started', trial: 2 as TrialId, attempt: 1 },
    { kind: 'trial-started', trial: 1 as TrialId, attempt: 1 },
    { kind: 'trial-completed', trial: 2 as TrialId, result: result(10, 1) },
    { kind: 'trial-requeued', trial: 1 as TrialId },
    { kind: 'trial-started', trial: 3 as TrialId, attempt: 1 },
  ];
  for (const event of events) {
    monitor.listen(event);
    time.advance(1);
    const { trials, frontier, ...standing } = monitor.snapshot();
    expect(monitor.standing()).toEqual(standing);
    expect(new Set(standing.running)).toEqual(new Set(trials.filter(({ state }) => state === 'running')));
    expect(trials.map(({ id }) => monitor.trial(id))).toEqual(trials);
    expect(frontier.length).toBe(standing.counts.completed);
  }
});

test('keeps the epochs of the trials that ended last, and no more however many have ended', () => {
  const monitor = createMonitor(clock());
  monitor.listen(startEvent(3));
  for (const trial of [2, 1, 3] as TrialId[]) {
    monitor.listen({ kind: 'trial-started', trial, attempt: 1 });
    for (let epoch = 1; epoch <= 8000; epoch += 1) {
      monitor.listen({ kind: 'epoch-recorded', trial, metrics: simulatedEpoch(simulatedTrial(0), epoch, 8000) });
    }
    monitor.listen({ kind: 'trial-completed', trial, result: result(10, 1) });
  }
  const views = monitor.snapshot().trials;
  expect(views.map(({ curve }) => curve.points('loss').length)).toEqual([8000, 0, 8000]);
  expect(views.every(({ state }) => state === 'completed')).toBe(true);
});

function clock(): { now: () => number; advance: (seconds: number) => void } {
  let time = 0;
  return {
    now: () => time,
    advance: (seconds) => {
      time += 1000 * seconds;
    },
  };
}

/** One step of a random but legal run: which trial, and what happens to it. */
const step = fc.record({
  trial: fc.nat(19),
  act: fc.constantFrom('progress', 'epoch', 'complete', 'fail', 'requeue'),
  nfe: fc.integer({ min: 1, max: 12 }),
  loss: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(Number.NaN), fc.constant(Infinity)),
  seconds: fc.double({ min: 0, max: 5, noNaN: true }),
});

const legalEvents = fc.array(step, { maxLength: 200 }).map((steps) => {
  const states = new Map<number, 'running' | 'ended'>();
  return steps.flatMap(({ trial: index, act, nfe, loss, seconds }): { event: SweepEvent; seconds: number }[] => {
    const trial = (index + 1) as TrialId;
    const state = states.get(index);
    const one = (event: SweepEvent) => [{ event, seconds }];
    if (state === 'ended') return [];
    if (state === undefined) {
      states.set(index, 'running');
      return one({ kind: 'trial-started', trial, attempt: 1 });
    }
    const stored = simulatedTrial(index);
    switch (act) {
      case 'progress':
        return one({
          kind: 'trial-progress',
          trial,
          progress: { fraction: nfe / 20, epoch: 1, epochs: 2, iteration: 1, iterationsPerEpoch: 2, loss, nfe },
        });
      case 'epoch':
        return one({ kind: 'epoch-recorded', trial, metrics: simulatedEpoch(stored, 1, 2) });
      case 'requeue':
        states.delete(index);
        return one({ kind: 'trial-requeued', trial });
      case 'complete':
        states.set(index, 'ended');
        return one({ kind: 'trial-completed', trial, result: result(nfe, loss) });
      case 'fail':
        states.set(index, 'ended');
        return one({ kind: 'trial-ended', trial, state: 'failed', reason: { code: 'error', message: 'it broke' } });
    }
  });
});

/** The frontier from scratch, ordered by NFE and then by number. */
function batchFrontier(snapshot: SweepSnapshot): readonly TrialId[] {
  const completed = snapshot.trials.filter(({ state }) => state === 'completed');
  return [
    ...frontier(completed, [
      { goal: 'minimize', value: (trial) => trial.result?.nfe ?? null },
      { goal: 'minimize', value: (trial) => trial.result?.loss ?? null },
    ]),
  ]
    .sort((a, b) => (a.result?.nfe ?? 0) - (b.result?.nfe ?? 0))
    .map(({ id }) => id);
}

test('after any legal events the counts are those of the trials and the frontier is the batch frontier', () => {
  fc.assert(
    fc.property(legalEvents, fc.integer({ min: 1, max: 5 }), (events, every) => {
      const time = clock();
      const monitor = createMonitor(time);
      monitor.listen(startEvent(20));
      events.forEach(({ event, seconds }, index) => {
        time.advance(seconds);
        monitor.listen(event);
        if (index % every !== 0) return;
        const snapshot = monitor.snapshot();
        for (const state of trialStates) {
          expect(snapshot.counts[state]).toBe(snapshot.trials.filter((trial) => trial.state === state).length);
        }
        expect([...snapshot.frontier].sort()).toEqual([...batchFrontier(snapshot)].sort());
        if (snapshot.remaining !== null) {
          const { low, seconds, high } = snapshot.remaining;
          expect(low).toBeGreaterThanOrEqual(0);
          expect(seconds).toBeGreaterThanOrEqual(low);
          expect(high).toBeGreaterThanOrEqual(seconds);
        }
      });
    }),
    { numRuns: 60 },
  );
});

test('a snapshot keeps its identity until an event or a second passes, and shares the trials that did not change', () => {
  const time = clock();
  const monitor = createMonitor(time);
  monitor.listen(startEvent(3));
  const first = monitor.snapshot();
  time.advance(0.5);
  expect(monitor.snapshot()).toBe(first);
  time.advance(0.6);
  const second = monitor.snapshot();
  expect(second).not.toBe(first);
  expect(second.elapsed).toBeCloseTo(1.1);

  monitor.listen({ kind: 'trial-started', trial: 2 as TrialId, attempt: 1 });
  const third = monitor.snapshot();
  expect(third.trials[0]).toBe(second.trials[0]);
  expect(third.trials[1]).not.toBe(second.trials[1]);
  expect(second.trials[1]?.state).toBe('queued');
  expect(third.frontier).toBe(second.frontier);
});

test('a finished sweep no longer changes with time', () => {
  const time = clock();
  const monitor = createMonitor(time);
  for (const event of simulateSweep({ trials: 4, workers: 2, epochs: 2, reports: 1 })) monitor.listen(event);
  const end = monitor.snapshot();
  time.advance(100);
  expect(monitor.snapshot()).toBe(end);
  expect(end).toMatchObject({ finished: true, remaining: null });
});

test('subscribers hear of every event until they leave', () => {
  const monitor = createMonitor(clock());
  let heard = 0;
  const leave = monitor.subscribe(() => (heard += 1));
  monitor.listen(startEvent(2));
  leave();
  monitor.listen({ kind: 'sweep-stopping', mode: 'drain', cause: null });
  expect(heard).toBe(1);
  expect(monitor.snapshot().stopping).toBe('drain');
});

test('the time left is unknown without evidence, then follows the pace, then ends at zero', () => {
  const time = clock();
  const monitor = createMonitor(time);
  monitor.listen(startEvent(8, 2));
  const start = (id: number) => monitor.listen({ kind: 'trial-started', trial: id as TrialId, attempt: 1 });
  const complete = (id: number) =>
    monitor.listen({ kind: 'trial-completed', trial: id as TrialId, result: result(1, 1) });
  start(1);
  start(2);
  time.advance(5);
  expect(monitor.snapshot().remaining).toBeNull();
  time.advance(5);
  complete(1);
  complete(2);
  // Six trials of ten seconds on two workers.
  expect(monitor.snapshot().remaining?.seconds).toBeCloseTo(30);
  for (const id of [3, 5, 7]) {
    start(id);
    start(id + 1);
    time.advance(10);
    complete(id);
    complete(id + 1);
  }
  expect(monitor.snapshot()).toMatchObject({ remaining: { seconds: 0, low: 0, high: 0 }, perMinute: 12 });
});

test('the time left does not jump when a trial moves from running to completed', () => {
  const time = clock();
  const monitor = createMonitor(time);
  monitor.listen(startEvent(10, 1));
  monitor.listen({ kind: 'trial-started', trial: 1 as TrialId, attempt: 1 });
  time.advance(9.9);
  const progress = { fraction: 0.99, epoch: 1, epochs: 1, iteration: 99, iterationsPerEpoch: 100, loss: 1, nfe: 1 };
  monitor.listen({ kind: 'trial-progress', trial: 1 as TrialId, progress });
  const before = monitor.snapshot().remaining?.seconds ?? 0;
  time.advance(0.1);
  monitor.listen({ kind: 'trial-completed', trial: 1 as TrialId, result: result(1, 1) });
  expect(before).toBeCloseTo(90.1, 1);
  expect(monitor.snapshot().remaining?.seconds).toBeCloseTo(90, 1);
});

test('a draining sweep waits for the epochs that run, and a resumed trial is as fast as its own attempt', () => {
  const time = clock();
  const monitor = createMonitor(time);
  monitor.listen(startEvent(1, 1));
  monitor.listen({ kind: 'trial-started', trial: 1 as TrialId, attempt: 2 });
  monitor.listen({ kind: 'trial-resumed', trial: 1 as TrialId, epoch: 6 });
  monitor.listen({ kind: 'trial-noted', trial: 1 as TrialId, message: 'runs in a process of its own' });
  expect(monitor.snapshot().trials[0]).toMatchObject({ resumedEpoch: 6, note: 'runs in a process of its own' });
  time.advance(10);
  const progress = { fraction: 0.75, epoch: 8, epochs: 10, iteration: 1, iterationsPerEpoch: 2, loss: 1, nfe: 1 };
  monitor.listen({ kind: 'trial-progress', trial: 1 as TrialId, progress });
  // 0.15 of it took 10 s.
  expect(monitor.snapshot().remaining?.seconds).toBeCloseTo((0.25 * 10) / 0.15);
  monitor.listen({ kind: 'sweep-stopping', mode: 'drain', cause: null });
  expect(monitor.snapshot().remaining?.seconds).toBeCloseTo((0.05 * 10) / 0.15);
  monitor.listen({ kind: 'trial-requeued', trial: 1 as TrialId });
  monitor.listen({ kind: 'trial-started', trial: 1 as TrialId, attempt: 3 });
  expect(monitor.snapshot().trials[0]).toMatchObject({ resumedEpoch: 0, note: null });
});

test('a draining sweep waits for what runs only, and an aborting one cannot tell', () => {
  const time = clock();
  const monitor = createMonitor(time);
  monitor.listen(startEvent(100, 1));
  monitor.listen({ kind: 'trial-started', trial: 1 as TrialId, attempt: 1 });
  time.advance(5);
  const progress = { fraction: 0.5, epoch: 1, epochs: 1, iteration: 1, iterationsPerEpoch: 2, loss: 1, nfe: 1 };
  monitor.listen({ kind: 'trial-progress', trial: 1 as TrialId, progress });
  expect(monitor.snapshot().remaining?.seconds).toBeCloseTo(995);
  monitor.listen({ kind: 'sweep-stopping', mode: 'drain', cause: null });
  expect(monitor.snapshot().remaining?.seconds).toBeCloseTo(5);
  monitor.listen({ kind: 'sweep-stopping', mode: 'abort', cause: null });
  expect(monitor.snapshot().remaining).toBeNull();
});

test('a draining sweep of other programs waits until they finish', () => {
  const time = clock();
  const monitor = createMonitor(time);
  monitor.listen(startEvent(100, 1));
  monitor.listen({ kind: 'trial-started', trial: 1 as TrialId, attempt: 1 });
  const environment = { dtype: null, device: 'here', versions: {}, modelParameters: null, choices: null };
  monitor.listen({
    kind: 'trial-environment',
    trial: 1 as TrialId,
    environment: { ...environment, engine: programEngine },
  });
  time.advance(5);
  const progress = { fraction: 0.5, epoch: 5, epochs: 10, iteration: null, iterationsPerEpoch: null, loss: 1, nfe: 1 };
  monitor.listen({ kind: 'trial-progress', trial: 1 as TrialId, progress });
  monitor.listen({ kind: 'sweep-stopping', mode: 'drain', cause: null });
  expect(monitor.snapshot().remaining?.seconds).toBeCloseTo(5);
});

test('trials that an earlier run finished are on the frontier and tell what a trial costs, but not how many end a minute', () => {
  const monitor = createMonitor(clock());
  for (const event of simulateSweep({ trials: 6, workers: 1, epochs: 2, reports: 1, finishedBefore: 5 })) {
    if (event.kind === 'trial-started') break;
    monitor.listen(event);
  }
  const snapshot = monitor.snapshot();
  expect(snapshot.counts).toMatchObject({ completed: 5, queued: 1 });
  expect(snapshot.perMinute).toBeNull();
  const { trainSeconds, predictSeconds, epochs } = simulatedResult(simulatedTrial(5), 2);
  const seconds = (trainSeconds ?? 0) + epochs * (predictSeconds ?? 0);
  expect(snapshot.remaining?.seconds).toBeGreaterThan(0.3 * seconds);
  expect(snapshot.remaining?.seconds).toBeLessThan(3 * seconds);
  expect(snapshot.frontier).toEqual(batchFrontier(snapshot));
  expect(snapshot.trials[0]?.result).toEqual(simulatedResult(simulatedTrial(0), 2));
});

test('an event of an unknown trial is a broken invariant', () => {
  const monitor = createMonitor(clock());
  monitor.listen(startEvent(1));
  expect(() => monitor.listen({ kind: 'trial-requeued', trial: 9 as TrialId })).toThrow('no trial with id 9');
});

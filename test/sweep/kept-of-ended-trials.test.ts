/** What a run still holds of trials that have ended, counted after a garbage collection: bytes would depend on the machine. */
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openStore } from '../../db/index.js';
import { createComposer } from '../../src/dashboard/compose.js';
import { initialView } from '../../src/dashboard/view-state.js';
import { createNdjsonReporter } from '../../src/report/ndjson-reporter.js';
import { createPlainReporter } from '../../src/report/plain-reporter.js';
import { startSweep } from '../../src/sweep/coordinator/coordinator.js';
import { limitsOf } from '../../src/sweep/specification/limits.js';
import { createDriver } from '../../src/sweep/dispatch/driver.js';
import type { SweepEvent } from '../../src/sweep/events.js';
import { createMonitor } from '../../src/sweep/monitor/monitor.js';
import { ResultRows } from '../../src/sweep/monitor/result-rows.js';
import { TrialCurve } from '../../src/sweep/monitor/trial-curve.js';
import type { EpochMetrics, TrialResult } from '../../src/training/trial.js';
import { living } from '../fixtures/living.js';
import { simulatedEpoch, simulatedTrial, simulateSweep } from '../fixtures/simulated-sweep.js';
import { completing, inDatabase } from './fixture-sweep.js';

const trials = 1500;
/** What a few trials that run or have just ended hold. */
const fewTrials = 50;
/** Rows of trials that have started are let go of by the thousand. */
const someRows = 1024 + fewTrials;

test('of what ended trials told, and of their rows, a run and its readers keep next to nothing', async () => {
  await inDatabase(async (database) => {
    const told: WeakRef<object>[] = [];
    const rows: WeakRef<object>[] = [];
    const atEnd = { told: NaN, rows: NaN };
    const now = (): number => performance.now();
    const monitor = createMonitor({ now });
    const readers = [
      monitor.listen,
      createPlainReporter({ write: () => undefined, now, interval: 10_000, monitor }),
      createNdjsonReporter({ write: () => undefined }),
    ];
    const listen = (event: SweepEvent): void => {
      for (const reader of readers) reader(event);
      if (event.kind === 'sweep-started') rows.push(...event.trials.map((trial) => new WeakRef(trial)));
      if (event.kind === 'trial-environment') told.push(new WeakRef(event.environment));
      if (event.kind === 'epoch-recorded') told.push(new WeakRef(event.metrics));
      if (event.kind === 'trial-completed') told.push(new WeakRef(event.result));
    };
    const answer = async (line: string): Promise<void> => {
      const { trial } = JSON.parse(line) as { readonly trial: number };
      if (trial === trials) Object.assign(atEnd, { told: await living(told), rows: await living(rows) });
      driver.hear(JSON.stringify({ tell: trial, epoch: { epoch: 1, loss: 1 / trial, nfe: trial } }));
      driver.hear(JSON.stringify({ tell: trial, result: { loss: 1 / trial, nfe: trial } }));
      driver.hear('{"ask": 1}');
    };
    // Not at once: what a weak reference was made of lives until the event loop goes on.
    const driver = createDriver({ workers: 2, write: (line) => void setImmediate(line).then(answer) });
    driver.hear('{"ask": 2}');
    const store = await openStore(database);
    const { finished } = startSweep({
      plan: {
        declaration: { name: 'long', task: 'fixture', seed: 7, objectives: [], axes: ['seed'], specification: '{}' },
        cells: completing(trials),
        generationSize: null,
        growth: null,
        pruner: null,
        prunerScope: 'all',
        limits: limitsOf({}),
      },
      store,
      dispatcher: driver.dispatcher,
      origin: { host: 'lab', pid: process.pid, programVersion: '0.0.0', gitRevision: null, gitDirty: null },
      listen,
    });
    await finished;
    await store.close();
    expect(told.length).toBe(3 * trials);
    expect(atEnd.told).toBeLessThan(fewTrials);
    expect(atEnd.rows).toBeLessThan(someRows);
    // They are shown all the same.
    const { trials: shown } = monitor.snapshot();
    expect(shown.map(({ result }) => result?.nfe)).toEqual(Array.from({ length: trials }, (_, index) => index + 1));
    expect(shown[0].curve.points('nfe')).toEqual([{ epoch: 1, value: 1 }]);
  });
}, 120_000);

test('a dashboard keeps no view of a trial that a newer one has replaced', async () => {
  const monitor = createMonitor({ now: () => 0 });
  const compose = createComposer(true);
  const size = { columns: 120, rows: 40 };
  const draw = (): WeakRef<object>[] => {
    const snapshot = monitor.snapshot();
    compose(snapshot, { ...initialView, order: { ...initialView.order, filter: 'tsit5' } }, size);
    return snapshot.trials.map((view) => new WeakRef(view));
  };
  const views: WeakRef<object>[] = [];
  for (const event of simulateSweep({ trials: 40, workers: 2, epochs: 1, reports: 0 })) {
    monitor.listen(event);
    if (event.kind === 'sweep-started') views.push(...draw());
  }
  draw();
  expect(await living(views)).toBe(0);
});

const figure = fc.double();
const perhaps = fc.option(figure);

test('a result comes back from its row as it was, among any others', () => {
  const result: fc.Arbitrary<TrialResult> = fc
    .record({
      nfe: perhaps,
      loss: figure,
      accuracy: perhaps,
      trainLoss: perhaps,
      trainSeconds: perhaps,
      predictSeconds: perhaps,
      epochs: fc.nat(),
      metrics: fc.option(fc.dictionary(fc.string(), figure)),
    })
    .map(({ metrics, ...figures }) => ({ ...figures, ...(metrics === null ? {} : { metrics }) }));
  fc.assert(
    fc.property(fc.array(result), fc.nat(2000), (results, others) => {
      const rows = new ResultRows();
      for (let other = 0; other < others; other += 1) rows.add({ ...simulatedOther, epochs: other });
      const places = results.map((one) => rows.add(one));
      expect(places.map((row) => rows.get(row))).toEqual(results);
    }),
  );
});

const simulatedOther: TrialResult = {
  nfe: 1,
  loss: 2,
  accuracy: null,
  trainLoss: 3,
  trainSeconds: null,
  predictSeconds: 4,
  epochs: 5,
};

test('a curve stays as it was while others go on from it', () => {
  const epoch = fc.record({ epoch: fc.nat(), testLoss: perhaps, nfe: perhaps }).map((figures): EpochMetrics => {
    return { ...simulatedEpoch(simulatedTrial(0), 1, 1), ...figures };
  });
  // Each step goes on from one of the curves that there are.
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), epoch, fc.boolean())), (steps) => {
      const curves = [{ curve: TrialCurve.empty, epochs: [] as readonly EpochMetrics[] }];
      for (const [choice, metrics, trimmed] of steps) {
        const { curve, epochs } = curves[choice % curves.length];
        const longer = curve.with(metrics);
        curves.push({ curve: trimmed ? longer.trimmed() : longer, epochs: [...epochs, metrics] });
      }
      for (const { curve, epochs } of curves) {
        expect(curve.length).toBe(epochs.length);
        expect(curve.points('loss')).toEqual(epochs.map((one) => ({ epoch: one.epoch, value: one.testLoss ?? NaN })));
        expect(curve.points('nfe')).toEqual(epochs.map((one) => ({ epoch: one.epoch, value: one.nfe ?? NaN })));
      }
    }),
  );
});

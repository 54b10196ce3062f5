/** Which trials start first under `order: cost` and `order: frontier`. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random/create-random.js';
import { orders, prioritizeBy, type Order } from '../../src/sweep/coordinator/order.js';
import type { HistoryEntry } from '../../src/sweep/plan/plan-growth.js';
import type { Objective, StoredTrial, TrialId } from '../../src/sweep/store.js';
import type { TrialState } from '../../src/sweep/trial-state.js';
import type { ParameterValues, TrialResult } from '../../src/training/trial.js';
import { hypervolume as area } from '../samplers/test-problem.js';
import { cellsOf, inDatabase, runFixture } from './fixture-sweep.js';

const objectives: readonly Objective[] = [
  { name: 'nfe', goal: 'minimize' },
  { name: 'loss', goal: 'minimize' },
];

const queuedOf = (...settings: readonly ParameterValues[]): readonly StoredTrial[] =>
  cellsOf(...settings).map((cell, index) => ({
    id: (index + 1) as TrialId,
    number: index + 1,
    cell,
    state: 'queued',
    attempts: 0,
    result: null,
    reason: null,
  }));

const resultOf = (nfe: number, loss: number, seconds: number | null): TrialResult => ({
  nfe,
  loss,
  accuracy: null,
  trainLoss: loss,
  trainSeconds: seconds,
  predictSeconds: null,
  epochs: 1,
});

const ended = ({ cell }: StoredTrial, result: TrialResult | null, state: TrialState = 'completed'): HistoryEntry => ({
  cell,
  state,
  result,
});

const order = (how: Order, queued: readonly StoredTrial[], finished: readonly HistoryEntry[]): number[] =>
  (prioritizeBy(how, objectives)?.(queued, finished) ?? queued).map(({ number }) => number);

describe('Cheapest first', () => {
  it('means fewer epochs before anything is known, and else the order given', () => {
    const queued = queuedOf({ epochs: 9, a: 1 }, { epochs: 3, a: 2 }, { epochs: 3, a: 3 }, { epochs: 1, a: 4 });
    expect(order('cost', queued, [])).toEqual([4, 2, 3, 1]);
  });

  it('follows what trials took that have ended', () => {
    const [one, two, ...queued] = queuedOf(...[3, 1, 0, 4, 2].map((a) => ({ a })));
    const finished = [ended(one, resultOf(1, 1, 8)), ended(two, resultOf(1, 1, 2))];
    expect(order('cost', queued, finished)).toEqual([3, 5, 4]);
  });
});

describe('What promises most for the frontier', () => {
  it('is tried in corners first, then where costs fall, and repeats come last', () => {
    const grid = [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].map((b) => ({ a, b })));
    const queued = queuedOf(...grid);
    expect(order('frontier', queued, []).slice(0, 4)).toEqual([1, 16, 4, 13]);
    // Both objectives fall with a; b trades one for the other.
    const result = ({ cell }: StoredTrial): TrialResult =>
      resultOf(
        2 ** (Number(cell.parameters.b) - Number(cell.parameters.a)),
        3 ** -Number(cell.parameters.a) / 2 ** Number(cell.parameters.b),
        1,
      );
    const tried = [0, 3, 5, 10, 9].map((index) => queued[index]);
    const rest = queued.filter((trial) => !tried.includes(trial));
    const repeat: StoredTrial = { ...tried[3], number: 99, id: 99 as TrialId };
    const [best, ...others] = order(
      'frontier',
      [repeat, ...rest],
      tried.map((trial) => ended(trial, result(trial))),
    );
    expect(queued[best - 1].cell.parameters.a).toBe(3);
    expect(others.at(-1)).toBe(99);
  });

  it('counts by the second', () => {
    const tried = queuedOf(...[0, 1, 2, 3].flatMap((a) => ['fast', 'slow'].map((kind) => ({ a, kind }))));
    const finished = tried.map((trial) => {
      const { a, kind } = trial.cell.parameters;
      return ended(trial, resultOf(10 - Number(a), 1 + Number(a), kind === 'fast' ? 1 : 50));
    });
    const queued = queuedOf({ a: 1.5, kind: 'slow' }, { a: 1.5, kind: 'fast' });
    expect(order('frontier', queued, finished)).toEqual([2, 1]);
  });

  it('takes objectives that a program names itself for what they are', () => {
    const named = prioritizeBy('frontier', [
      { name: 'joules', goal: 'minimize' },
      { name: 'bleu', goal: 'maximize' },
    ]);
    const all = queuedOf(...[0, 1, 2, 3, 4, 5].map((a) => ({ a })));
    const [worst, best, ...tried] = [all[0], all[5], ...all.slice(1, 5)];
    const finished = tried.map((trial) => {
      const a = Number(trial.cell.parameters.a);
      return ended(trial, { ...resultOf(1, 1, 1), metrics: { joules: 9 - a, bleu: a } });
    });
    expect(named?.([worst, best], finished).map(({ number }) => number)).toEqual([6, 1]);
  });

  /** A sweep of one worker on a made-up machine. @returns seconds until the frontier was nine tenths of the whole grid's */
  const secondsToFrontier = (how: Order, seed: number): number => {
    const random = createRandom({ sweepSeed: seed, trialSeed: 0 }, 'made-up trials');
    const waiting = queuedOf(
      ...[16, 64].flatMap((width) =>
        [1e-3, 1e-4, 1e-5, 1e-6, 1e-7].flatMap((rtol) =>
          ['tsit5', 'bosh3'].flatMap((solver) => [0, 0.1, 1, 10].map((weight) => ({ width, rtol, solver, weight }))),
        ),
      ),
    );
    const results = new Map(
      waiting.map(({ cell }) => {
        const [width, rtol, weight] = [cell.parameters.width, cell.parameters.rtol, cell.parameters.weight].map(Number);
        const slow = cell.parameters.solver === 'bosh3' ? 1.8 : 1;
        const nfe = (20 * slow * rtol ** -0.12 * 2 ** (0.1 * random.normal())) / (1 + weight) ** 0.3;
        const loss = (rtol ** 0.1 + 0.03 * weight + 1 / width) * 2 ** (0.2 * random.normal());
        return [cell.hash, resultOf(nfe, loss, (nfe * width) / 100)] as const;
      }),
    );
    const found = (hash: string): TrialResult => results.get(hash) ?? resultOf(NaN, NaN, null);
    const logs = [...results.values()].map(({ nfe, loss }) => [Math.log(nfe ?? NaN), Math.log(loss)] as const);
    const ranges = [0, 1].map((k) => [Math.min(...logs.map((log) => log[k])), Math.max(...logs.map((log) => log[k]))]);
    // Into the box that `area` measures.
    const place = ({ nfe, loss }: TrialResult) =>
      [
        (1.1 * (Math.log(nfe ?? NaN) - ranges[0][0])) / (ranges[0][1] - ranges[0][0]),
        -1 + (7 * (Math.log(loss) - ranges[1][0])) / (ranges[1][1] - ranges[1][0]),
      ] as const;
    const whole = area([...results.values()].map(place));
    const prioritize = prioritizeBy(how, objectives);
    const finished: HistoryEntry[] = [];
    let queued: readonly StoredTrial[] = waiting;
    let seconds = 0;
    while (area(finished.map(({ cell }) => place(found(cell.hash)))) < 0.9 * whole) {
      const [next, ...others] = prioritize?.(queued, finished.slice(-1)) ?? queued;
      seconds += found(next.cell.hash).trainSeconds ?? NaN;
      finished.push(ended(next, found(next.cell.hash)));
      queued = others;
    }
    return seconds;
  };

  it('finds nine tenths of the frontier in clearly less time than the given order, over several sweeps', () => {
    const ratios = [1, 2, 3, 4, 5, 6].map(
      (seed) => secondsToFrontier('frontier', seed) / secondsToFrontier('given', seed),
    );
    expect(Math.max(...ratios)).toBeLessThan(0.75);
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeLessThan(0.6);
  });
});

describe('Every order', () => {
  it('holds each waiting trial once, whatever has ended, and is the same when asked again', () => {
    const setting = fc.record({ a: fc.integer({ min: 0, max: 4 }), b: fc.constantFrom('x', 'y'), epochs: fc.nat(9) });
    const end = fc.record({
      state: fc.constantFrom<TrialState>('completed', 'failed', 'diverged', 'cancelled', 'pruned'),
      nfe: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
      loss: fc.double(),
      seconds: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(setting), fc.array(fc.tuple(setting, end)), (waiting, done) => {
        const queued = queuedOf(...waiting);
        const finished = queuedOf(...done.map(([parameters]) => parameters)).map((trial, index) => {
          const { state, nfe, loss, seconds } = done[index][1];
          return ended(trial, state === 'completed' ? { ...resultOf(0, loss, seconds), nfe } : null, state);
        });
        for (const how of orders) {
          const numbers = order(how, queued, finished);
          expect([...numbers].sort((a, b) => a - b)).toEqual(queued.map(({ number }) => number));
          expect(order(how, queued, finished)).toEqual(numbers);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is the one in which a sweep starts its trials', async () => {
    await inDatabase(async (database) => {
      const cells = cellsOf(...[5, 2, 4, 1, 3].map((epochs) => ({ epochs })));
      const prioritize = prioritizeBy('cost', objectives) ?? undefined;
      const { events } = await runFixture({ database, cells, workers: 1, ...(prioritize && { prioritize }) });
      expect(events.flatMap((event) => (event.kind === 'trial-started' ? [event.trial] : []))).toEqual([4, 2, 5, 3, 1]);
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binomialSchedule,
  minimalAdvances,
  repetitions,
  type ScheduleAction,
  type ScheduleRequest,
} from '../../src/adjoint/binomial-schedule.js';
import { OnlineSnapshots } from '../../src/adjoint/online-snapshots.js';

interface Trace {
  readonly reversed: readonly number[];
  readonly advances: number;
  /** How often each step was run forward. */
  readonly runs: readonly number[];
  readonly peak: number;
}

/** Follows a schedule as a machine would that can only do what is possible. */
function follow(request: ScheduleRequest): Trace {
  const held = new Set(request.held);
  let current: number | null = null;
  let peak = held.size;
  let advances = 0;
  const reversed: number[] = [];
  const runs = new Array<number>(request.steps).fill(0);
  const demand = (possible: boolean, what: ScheduleAction): void => {
    if (!possible) throw new Error(`Impossible with ${String(current)} current: ${JSON.stringify(what)}.`);
  };
  for (const action of binomialSchedule(request)) {
    switch (action.kind) {
      case 'advance':
        demand(action.from === current && action.to > action.from, action);
        for (let step = action.from; step < action.to; step += 1) runs[step] += 1;
        advances += action.to - action.from;
        current = action.to;
        break;
      case 'store':
        demand(action.at === current, action);
        held.add(action.at);
        peak = Math.max(peak, held.size);
        break;
      case 'restore':
        demand(held.has(action.at), action);
        current = action.at;
        break;
      case 'discard':
        demand(held.delete(action.at), action);
        break;
      case 'reverse':
        demand(action.step === current, action);
        reversed.push(action.step);
        break;
    }
  }
  expect(held.size).toBe(request.steps === 0 ? request.held.length : 0);
  return { reversed, advances, runs, peak };
}

const downFrom = (steps: number): number[] => Array.from({ length: steps }, (_, i) => steps - 1 - i);

/** The optimum by its recursion: store after m steps, reverse what is behind, come back. */
function optimum(steps: number, budget: number, known = new Map<string, number>()): number {
  if (steps <= 1) return 0;
  if (budget === 1) return (steps * (steps - 1)) / 2;
  const key = `${steps},${budget}`;
  let best = known.get(key) ?? Infinity;
  if (best < Infinity) return best;
  for (let m = 1; m < steps; m += 1) {
    best = Math.min(best, m + optimum(steps - m, budget - 1, known) + optimum(m, budget, known));
  }
  known.set(key, best);
  return best;
}

describe('The binomial schedule', () => {
  it('reverses every step once, from the last to the first, within the budget and at the known optimum', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 40 }), (steps, budget) => {
        const { reversed, advances, runs, peak } = follow({ steps, budget, held: [0] });
        expect(reversed).toEqual(downFrom(steps));
        expect(peak).toBeLessThanOrEqual(budget);
        expect(advances).toBe(minimalAdvances(steps, budget));
        expect(Math.max(...runs)).toBe(repetitions(steps, budget));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('has for its optimum the one that trying every split finds', () => {
    const known = new Map<string, number>();
    for (let budget = 1; budget <= 8; budget += 1) {
      for (let steps = 1; steps <= 60; steps += 1) {
        expect([steps, budget, minimalAdvances(steps, budget)]).toEqual([steps, budget, optimum(steps, budget, known)]);
      }
    }
  });

  it('costs one sweep and no more where every state fits', () => {
    for (const [steps, budget] of [
      [1, 1],
      [7, 7],
      [7, 6],
      [30, 50],
    ] as const) {
      expect(follow({ steps, budget, held: [0] }).advances).toBe(steps - 1);
    }
    const all = follow({ steps: 9, budget: 9, held: [0, 1, 2, 3, 4, 5, 6, 7, 8] });
    expect(all.advances).toBe(0);
    expect(all.reversed).toEqual(downFrom(9));
  });

  it('reverses 10 000 steps from 10 states with each run at most 7 times', () => {
    const { advances, runs } = follow({ steps: 10_000, budget: 10, held: [0] });
    expect(Math.max(...runs)).toBe(7);
    expect(advances / 10_000).toBeLessThan(7);
  });

  it('refuses states that cannot be there', () => {
    const reverse = (request: ScheduleRequest) => () => [...binomialSchedule(request)];
    expect(reverse({ steps: 5, budget: 2, held: [0, 2, 3] })).toThrow('with 2 states');
    expect(reverse({ steps: 5, budget: 3, held: [0, 5] })).toThrow('[0, 5]');
    expect(reverse({ steps: 5, budget: 3, held: [1] })).toThrow('[1]');
    expect(reverse({ steps: 0, budget: 1, held: [0] })()).toEqual([]);
  });
});

describe('States kept by a forward pass of unknown length', () => {
  /** What is held before and what was reversed after so many steps. */
  function pass(steps: number, budget: number) {
    const snapshots = new OnlineSnapshots(budget);
    const held = new Set<number>();
    let peak = 0;
    for (let at = 0; at < steps; at += 1) {
      held.add(at);
      const dropped = snapshots.add(at);
      if (dropped !== null && !held.delete(dropped)) throw new Error(`${dropped} was dropped before.`);
      peak = Math.max(peak, held.size);
    }
    expect(peak).toBeLessThanOrEqual(budget);
    expect([...held].sort((a, b) => a - b)).toEqual(snapshots.held);
    return follow({ steps, budget, held: snapshots.held });
  }

  it('reverse every step within the budget, and run none more than once oftener than the best order does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 30 }), (steps, budget) => {
        const { reversed, runs, peak, advances } = pass(steps, budget);
        expect(reversed).toEqual(downFrom(steps));
        expect(peak).toBeLessThanOrEqual(budget);
        // The forward pass ran each once, the last too: as if it were to reverse one step more.
        expect(1 + Math.max(...runs)).toBeLessThanOrEqual(1 + repetitions(steps + 1, budget));
        expect(advances + steps).toBeGreaterThanOrEqual(minimalAdvances(steps + 1, budget));
      }),
      { numRuns: 400, seed: 2 },
    );
  });

  it('cost nothing where every state fits, and little more than the best order elsewhere', () => {
    expect(pass(12, 12).advances).toBe(0);
    let worst = 0;
    for (let budget = 2; budget <= 20; budget += 1) {
      for (let steps = budget + 1; steps <= 300; steps += 7) {
        worst = Math.max(worst, (pass(steps, budget).advances + steps) / minimalAdvances(steps + 1, budget));
      }
    }
    expect(worst).toBeLessThan(1.5);
  });
});

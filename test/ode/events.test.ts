import { describe, expect, it } from 'vitest';
import { solverNames, tableaux } from '../../src/ode/tableaux/index.js';
import type { SolveEvent } from '../../src/ode/events.js';
import { decay, oscillator, solve, type Problem } from './problems.js';

const cosine: SolveEvent = { value: (_, y) => y[0], terminal: false };

describe('Events', () => {
  it.each(solverNames.filter((name) => tableaux[name].errorWeights !== null))(
    'are located to the tolerance with %s',
    async (name) => {
      // Order 2 takes too many steps to tight tolerances.
      const tolerance = tableaux[name].order > 2 ? 1e-8 : 1e-6;
      const { events, outcome, read } = await solve(
        oscillator,
        { t1: 10, rtol: tolerance, atol: tolerance, events: [cosine] },
        tableaux[name],
      );
      expect(outcome.state).toBe('success');
      expect(events).toHaveLength(3);
      for (const [n, { t, y, event }] of events.entries()) {
        expect(Math.abs(t - (n + 0.5) * Math.PI)).toBeLessThan(2e3 * tolerance);
        expect(Math.abs(read(y)[0])).toBeLessThan(1e-9);
        expect(event).toBe(0);
      }
    },
  );

  it('change neither steps nor statistics of a pair that is FSAL', async () => {
    const bare = await solve(oscillator, { t1: 10 });
    const watched = await solve(oscillator, { t1: 10, events: [cosine] });
    expect(watched.grid).toEqual(bare.grid);
    expect(watched.statistics).toEqual(bare.statistics);
  });

  it('can count rising or falling changes of sign alone, in the direction of integration', async () => {
    const rising = await solve(oscillator, { t1: 10, events: [{ ...cosine, direction: 1 }] });
    const falling = await solve(oscillator, { t1: 10, events: [{ ...cosine, direction: -1 }] });
    const back = await solve(oscillator, { t1: -10, events: [{ ...cosine, direction: -1 }] });
    expect(rising.events.map(({ t }) => Math.floor(t / Math.PI))).toEqual([1]);
    expect(falling.events.map(({ t }) => Math.floor(t / Math.PI))).toEqual([0, 2]);
    expect(back.events.map(({ t }) => Math.floor(-t / Math.PI))).toEqual([0, 2]);
  });

  it('that are terminal end the solve there, with output times before them only', async () => {
    const { outcome, end, saved, events, grid, states } = await solve(oscillator, {
      t1: 10,
      saveat: [0.5, 1.5, 1.6, 9],
      events: [{ ...cosine, terminal: true }],
    });
    expect(outcome.state).toBe('event');
    expect(outcome.advice).toContain('terminal event');
    expect(outcome.t).toBeCloseTo(Math.PI / 2, 5);
    expect(end[0]).toBeCloseTo(0, 12);
    expect(end[1]).toBeCloseTo(-1, 5);
    expect(saved).toHaveLength(2);
    expect(events.at(-1)?.point.step).toBe(grid.steps.length - 1);
    expect(states).toHaveLength(grid.steps.length + 1);
  });

  it('several in one step come in order of time, those after a terminal one not at all', async () => {
    const at = (value: number, terminal = false): SolveEvent => ({ value: (t) => t - value, terminal });
    const line: Problem = { f: () => [1], start: [0] };
    const all = await solve(line, { firstStep: 1, events: [at(0.7), at(0.2), at(0.5)] });
    expect(all.events.map(({ event }) => event)).toEqual([1, 2, 0]);
    const some = await solve(line, { firstStep: 1, events: [at(0.7), at(0.2), at(0.5, true)] });
    expect(some.events.map(({ event }) => event)).toEqual([1, 2]);
    expect(some.outcome.t).toBeCloseTo(0.5, 14);
  });

  it('that are 0 at the start count from where they leave 0, so that a solve can go on from an event', async () => {
    const { events } = await solve(decay, { events: [{ value: (t) => t, terminal: true }] });
    expect(events).toEqual([]);
  });

  it('see a zero that falls exactly on the end of a step once', async () => {
    const { events } = await solve(decay, {
      controller: { kind: 'constant', dt: 0.25 },
      events: [{ value: (t) => t - 0.5, terminal: false }],
    });
    expect(events.map(({ t }) => t)).toEqual([0.5]);
  });

  it('find a bouncing ball on the ground: a curved event function', async () => {
    const ball: Problem = { f: (_, y) => [y[1], -9.81], start: [10, 2] };
    const { outcome } = await solve(ball, {
      t1: 100,
      events: [{ value: (_, y) => y[0], direction: -1, terminal: true }],
    });
    expect(outcome.t).toBeCloseTo((2 + Math.sqrt(4 + 2 * 9.81 * 10)) / 9.81, 10);
  });

  it('time the revolutions of an eccentric orbit: 2π each, on the far side slow and on the near side fast', async () => {
    const e = 0.6;
    const orbit: Problem = {
      f: (_, [x, y, v, w]) => {
        const cube = (x * x + y * y) ** 1.5;
        return [v, w, -x / cube, -y / cube];
      },
      start: [1 - e, 0, 0, Math.sqrt((1 + e) / (1 - e))],
    };
    const { events, read } = await solve(
      orbit,
      { t1: 20, rtol: 1e-10, atol: 1e-10, events: [{ value: (_, [, y]) => y, terminal: false }] },
      tableaux.dopri8,
    );
    expect(events).toHaveLength(6);
    for (const [n, { t, y }] of events.entries()) {
      expect(Math.abs(t - (n + 1) * Math.PI)).toBeLessThan(1e-7);
      // Farthest, 1 + e behind the focus, and nearest, 1 − e before it, in turn.
      expect(Math.abs(read(y)[0] - (n % 2 === 0 ? -(1 + e) : 1 - e))).toBeLessThan(1e-7);
    }
  });
});

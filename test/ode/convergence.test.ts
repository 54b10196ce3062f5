/**
 * Orders of convergence: slopes of log error over log h, in f64 with steps of one size.
 *
 * The window between the first terms of an error and rounding is narrow for the higher orders. tsit5 and dopri5 have
 * such small leading terms that on most problems the next ones rule down to rounding; over three revolutions of a
 * nearly circular orbit the leading ones do, because they add up in phase.
 */
import { describe, expect, it } from 'vitest';
import type { Tableau } from '../../src/ode/tableau.js';
import { rk2, rk3, rk4, rk4DoubleEnd, rk4DoubleNode, rk4ReturningNode } from '../../src/ode/tableaux/families.js';
import { solverNames, tableaux } from '../../src/ode/tableaux/index.js';
import { solve, type Problem } from './problems.js';

const pendulum: Problem = { f: (_, [x, v]) => [v, -Math.sin(x)], start: [0.3, 0.5] };

const orbit: Problem = {
  f: (_, [x, y, v, w]) => {
    const cube = (x * x + y * y) ** 1.5;
    return [v, w, -x / cube, -y / cube];
  },
  start: [1, 0, 0, 1.1],
};

const predators: Problem = { f: (_, [x, y]) => [x * (1 - y), y * (x - 1)], start: [1.2, 0.5] };

const methods: readonly Tableau[] = [
  ...solverNames.map((name) => tableaux[name]),
  rk2(0.4),
  rk3(0.4, 0.9),
  rk4(0.4),
  rk4(0.3, 0.6),
  rk4ReturningNode(0.2),
  rk4DoubleNode(0.2),
  rk4DoubleEnd(0.2),
];

/** States at the given times, or at the end, with steps of t1/count. */
async function states(problem: Problem, tableau: Tableau, t1: number, count: number, saveat: readonly number[] = []) {
  const controller = { kind: 'constant', dt: t1 / count } as const;
  const { saved, end } = await solve(problem, { t1, saveat, controller, keepStates: false }, tableau);
  return saveat.length === 0 ? [end] : saved;
}

interface Experiment {
  readonly problem: Problem;
  readonly t1: number;
  /** Steps of the coarser of two grids; the finer one has twice as many. */
  readonly count: number;
}

/** log₂ of the ratio of errors on both grids: at the end, or the largest at the given places within every step. */
async function slope(
  tableau: Tableau,
  { problem, t1, count }: Experiment,
  places: readonly number[] = [],
): Promise<number> {
  const largestError = async (steps: number): Promise<number> => {
    const times = Array.from({ length: steps }, (_, n) => places.map((theta) => ((n + theta) * t1) / steps)).flat();
    const exact = await states(problem, tableaux.dopri8, t1, 20 * t1, times);
    const found = await states(problem, tableau, t1, steps, times);
    return Math.max(...found.map((y, k) => Math.hypot(...y.map((x, i) => x - exact[k][i]))));
  };
  return Math.log2((await largestError(count)) / (await largestError(2 * count)));
}

describe.each(methods)('$name', (tableau) => {
  const { order } = tableau;

  it(`converges with order ${order}`, async () => {
    const experiment =
      order === 5
        ? { problem: orbit, t1: 20, count: 400 }
        : { problem: pendulum, t1: 10, count: order === 8 ? 20 : 320 };
    const measured = await slope(tableau, experiment);
    expect(Math.abs(measured - order)).toBeLessThan(0.1);
  });

  it('has dense output with an error of the same order, or of one more than the output’s own', async () => {
    const measured = await slope(tableau, { problem: predators, t1: 2, count: order === 8 ? 6 : 64 }, [0.2, 0.5, 0.7]);
    if (order === 8) {
      // 6 in the limit, which rounding hides: the terms of order 6 are small by construction, those of 7 show.
      expect(measured).toBeGreaterThan(5.9);
      expect(measured).toBeLessThan(7.1);
    } else {
      expect(Math.abs(measured - Math.min(order, tableau.interpolant === null ? 4 : 5))).toBeLessThan(0.1);
    }
  });
});

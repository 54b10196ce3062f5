/**
 * Orders of convergence as measured: slopes of log error over log h, in f64 with steps of one size.
 *
 * The window between the first terms of an error and rounding is narrow for the higher orders. tsit5 and dopri5 have
 * such small leading terms that on most problems the next ones rule down to rounding; over three revolutions of a
 * nearly circular orbit the leading ones do, because they add up in phase.
 */
import type { Tableau } from '../../src/ode/tableau.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
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

/** Of the error at the end. */
export function measuredOrder(tableau: Tableau): Promise<number> {
  const { order } = tableau;
  return slope(
    tableau,
    order === 5 ? { problem: orbit, t1: 20, count: 400 } : { problem: pendulum, t1: 10, count: order === 8 ? 20 : 320 },
  );
}

/** Of the largest error of dense output. */
export function measuredDenseOrder(tableau: Tableau): Promise<number> {
  const count = tableau.order === 8 ? 6 : 64;
  return slope(tableau, { problem: predators, t1: 2, count }, [0.2, 0.5, 0.7]);
}

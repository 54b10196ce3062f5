/** Errors of stochastic solves with fixed steps along given paths, and the orders that they show. */
import type { Engine } from '../../../src/engines/engine.js';
import { chain, dense } from '../../../src/models/chain.js';
import { SdeSolver } from '../../../src/ode/sde/solver.js';
import { sdeMethods, type SdeMethodName } from '../../../src/ode/sde/tableaux/index.js';
import { BrownianTree } from '../../../src/random/brownian-tree.js';
import type { SdeProblem } from './problems.js';

const fixed = {
  t0: 0,
  t1: 1,
  atol: 1,
  rtol: 1,
  outputRule: 'step',
  maxSteps: 10_000,
  saveat: [],
  keepStates: false,
  stiffness: null,
} as const;

/** Mean sizes of errors, and sizes of mean errors, at t = 1 against the closed form along the same path. */
export interface PathErrors {
  /** Each with steps 2^−exponent. */
  readonly exponents: readonly number[];
  readonly strong: readonly number[];
  readonly weak: readonly number[];
}

/** Rows are paths. */
export async function errorsAtEnd(
  engine: Engine,
  problem: SdeProblem,
  name: SdeMethodName,
  paths: number,
  exponents: readonly number[],
): Promise<PathErrors> {
  const path = new BrownianTree({
    key: { sweepSeed: 1, trialSeed: 7 },
    purpose: 'orders',
    t0: 0,
    t1: 1,
    entries: paths,
  });
  const exact = problem.exact(path, 1);
  const y0 = engine.allocate(paths, 1);
  engine.fill(y0, problem.start);
  const { drift, diffusion } = problem;
  const solver = new SdeSolver({ engine, drift, diffusion, method: sdeMethods[name], rows: paths, columns: 1 });
  const [strong, weak]: [number[], number[]] = [[], []];
  for (const exponent of exponents) {
    const controller = { kind: 'constant', dt: 2 ** -exponent } as const;
    const { y1, outcome } = await solver.solve({ ...fixed, y0, path, controller });
    if (outcome.state !== 'success') throw new Error(outcome.advice);
    const differences = (await engine.read(y1)).map((value, i) => value - exact[i]);
    const mean = (f: (difference: number) => number) => differences.reduce((sum, d) => sum + f(d), 0) / paths;
    strong.push(mean(Math.abs));
    weak.push(Math.abs(mean((d) => d)));
  }
  solver.dispose();
  return { exponents, strong, weak };
}

/** Least-squares slope of −log2 error over the exponents. */
export function slope(exponents: readonly number[], errors: readonly number[]): number {
  const centre = exponents.reduce((sum, k) => sum + k, 0) / exponents.length;
  const numerator = exponents.reduce((sum, k, i) => sum - (k - centre) * Math.log2(errors[i]), 0);
  return numerator / exponents.reduce((sum, k) => sum + (k - centre) ** 2, 0);
}

/** Strong order on du = G u dW entrywise, G off the diagonal, as with dense diffusions; against steps 2^−11 of the same method. */
export async function orderWithoutDiagonal(engine: Engine, name: SdeMethodName): Promise<number> {
  const paths = 500;
  const path = new BrownianTree({
    key: { sweepSeed: 2, trialSeed: 7 },
    purpose: 'orders',
    t0: 0,
    t1: 1,
    entries: 2 * paths,
  });
  const net = chain(2, [dense(2, { bias: false })]);
  const drift = engine.compile(net, engine.createParameters([0, 0, 0, 0]), 0);
  const diffusion = engine.compile(net, engine.createParameters([0, 0.8, 0.8, 0]), 0);
  const y0 = engine.allocate(paths, 2);
  engine.fill(y0, 1);
  const solver = new SdeSolver({ engine, drift, diffusion, method: sdeMethods[name], rows: paths, columns: 2 });
  const exponents = [3, 4, 5, 6];
  const ends: Float64Array[] = [];
  for (const exponent of [...exponents, 11]) {
    const controller = { kind: 'constant', dt: 2 ** -exponent } as const;
    const { y1 } = await solver.solve({ ...fixed, y0, path, controller });
    ends.push(await engine.read(y1));
  }
  solver.dispose();
  const reference = ends.pop() ?? new Float64Array();
  const errors = ends.map((end) => end.reduce((sum, x, i) => sum + Math.abs(x - reference[i]), 0) / end.length);
  return slope(exponents, errors);
}

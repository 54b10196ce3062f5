import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engines/index.js';
import { chain, dense } from '../../../src/models/chain.js';
import { SdeSolver } from '../../../src/ode/sde/solver.js';
import { sdeMethodNames, sdeMethods, type SdeMethodName } from '../../../src/ode/sde/tableaux/index.js';
import { BrownianTree } from '../../../src/random/brownian-tree.js';
import { geometricBrownianMotion, hyperbolicTangent, inhomogeneousLinear, type SdeProblem } from './problems.js';

const engine = await createEngine('reference', 'f64');

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

/** Rows are paths; errors at t = 1 against the closed form along the same path, for steps 2^−k. */
async function errorsAtEnd(problem: SdeProblem, name: SdeMethodName, paths: number, exponents: readonly number[]) {
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
  const results: { readonly strong: number; readonly weak: number }[] = [];
  for (const exponent of exponents) {
    const controller = { kind: 'constant', dt: 2 ** -exponent } as const;
    const { y1, outcome } = await solver.solve({ ...fixed, y0, path, controller });
    expect(outcome.state).toBe('success');
    const differences = (engine.read(y1) as Float64Array).map((value, i) => value - exact[i]);
    const mean = (f: (difference: number) => number) => differences.reduce((sum, d) => sum + f(d), 0) / paths;
    results.push({ strong: mean(Math.abs), weak: Math.abs(mean((d) => d)) });
  }
  solver.dispose();
  return results;
}

/** Least-squares slope of −log2 error over the exponents. */
function slope(exponents: readonly number[], errors: readonly number[]): number {
  const centre = exponents.reduce((sum, k) => sum + k, 0) / exponents.length;
  const numerator = exponents.reduce((sum, k, i) => sum - (k - centre) * Math.log2(errors[i]), 0);
  return numerator / exponents.reduce((sum, k) => sum + (k - centre) ** 2, 0);
}

describe.each(sdeMethodNames)('With truly diagonal noise %s', (name) => {
  it.each([
    ['geometric Brownian motion', geometricBrownianMotion(engine, 1.5, 0.8)],
    ['a nonlinear diffusion', hyperbolicTangent(engine, 1)],
    ['fields that do not commute', inhomogeneousLinear(engine, -0.5, 2, 0.8)],
  ])('has its strong order on %s', async (_, problem) => {
    const exponents = [5, 6, 7, 8];
    const errors = await errorsAtEnd(problem, name, 1500, exponents);
    const measured = slope(
      exponents,
      errors.map(({ strong }) => strong),
    );
    expect(Math.abs(measured - sdeMethods[name].order)).toBeLessThan(0.1);
  });

  it('has weak order 1 (fixed-step methods) or 2 (order 1.5) on geometric Brownian motion', async () => {
    // Differences along the same path: their mean is the error of the mean, with little Monte-Carlo noise.
    const exponents = [4, 5, 6, 7];
    const errors = await errorsAtEnd(geometricBrownianMotion(engine, 1, 0.1), name, 4000, exponents);
    const measured = slope(
      exponents,
      errors.map(({ weak }) => weak),
    );
    const expected = sdeMethods[name].order === 1.5 ? 2 : 1;
    expect(measured).toBeGreaterThan(expected - 0.1);
    expect(measured).toBeLessThan(expected + 0.1);
  });
});

it('Where g_i depends on other entries than u_i, methods of order 1.5 have strong order ½, as documented', async () => {
  // du = G u dW entrywise, G off the diagonal: what the papers do with dense diffusions. Against steps 2^−11.
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
  const solver = new SdeSolver({ engine, drift, diffusion, method: sdeMethods.sosri, rows: paths, columns: 2 });
  const exponents = [3, 4, 5, 6];
  const ends: Float64Array[] = [];
  for (const exponent of [...exponents, 11]) {
    const controller = { kind: 'constant', dt: 2 ** -exponent } as const;
    const { y1 } = await solver.solve({ ...fixed, y0, path, controller });
    ends.push(await engine.read(y1));
  }
  const reference = ends.pop() ?? new Float64Array();
  const errors = ends.map((end) => end.reduce((sum, x, i) => sum + Math.abs(x - reference[i]), 0) / end.length);
  expect(Math.abs(slope(exponents, errors) - 0.5)).toBeLessThan(0.15);
});

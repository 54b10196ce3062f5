/** Strong convergence of the stochastic methods along fixed paths (numerics of Rößler 2010). */
import { inhomogeneousLinear } from '../../test/ode/sde/problems.js';
import { createEngine } from '../../src/engines/index.js';
import { SdeSolver } from '../../src/ode/sde/solver.js';
import { sdeMethodNames, sdeMethods, type SdeMethodName } from '../../src/ode/sde/tableaux/index.js';
import { BrownianTree } from '../../src/random/brownian-tree.js';
import { colours, decades, draw, key, Plot } from './draw.js';
import { slope } from './slope.js';

const paths = 2000;
const exponents = [3, 4, 5, 6, 7, 8];

export interface StrongErrors {
  readonly method: SdeMethodName;
  readonly order: number;
  readonly errors: readonly { readonly h: number; readonly strong: number; readonly weak: number }[];
  /** Fitted over the four finest grids. */
  readonly strongSlope: number;
}

/** Errors at t = 1 of du = (1 − u) dt + 0.8 u dW, whose fields do not commute, against its closed form along the paths. */
export async function strongErrors(): Promise<readonly StrongErrors[]> {
  const engine = await createEngine('reference', 'f64');
  const problem = inhomogeneousLinear(engine, -1, 1, 0.8);
  const key = { sweepSeed: 1, trialSeed: 7 };
  const path = new BrownianTree({ key, purpose: 'strong convergence', t0: 0, t1: 1, entries: paths });
  const exact = problem.exact(path, 1);
  const y0 = engine.allocate(paths, 1);
  engine.fill(y0, problem.start);
  const { drift, diffusion } = problem;
  const results: StrongErrors[] = [];
  for (const method of sdeMethodNames) {
    const solver = new SdeSolver({ engine, drift, diffusion, method: sdeMethods[method], rows: paths, columns: 1 });
    const errors: { readonly h: number; readonly strong: number; readonly weak: number }[] = [];
    for (const exponent of exponents) {
      const h = 2 ** -exponent;
      const { y1 } = await solver.solve({
        y0,
        t0: 0,
        t1: 1,
        atol: 1,
        rtol: 1,
        path,
        controller: { kind: 'constant', dt: h },
        outputRule: 'step',
        maxSteps: 10_000,
        saveat: [],
        keepStates: false,
        stiffness: null,
      });
      const end = await engine.read(y1);
      const misses = end.map((value, i) => value - exact[i]);
      const mean = (of: (miss: number) => number): number => misses.reduce((sum, miss) => sum + of(miss), 0) / paths;
      errors.push({ h, strong: mean(Math.abs), weak: Math.abs(mean((miss) => miss)) });
    }
    solver.dispose();
    const finest = errors.slice(-4);
    const strongSlope = slope(
      finest.map(({ h }) => h),
      finest.map(({ strong }) => strong),
    );
    results.push({ method, order: sdeMethods[method].order, errors, strongSlope });
  }
  return results;
}

export function strongConvergence(results: readonly StrongErrors[]): string {
  return draw({
    heading: 'Strong convergence on du = (1 − u) dt + 0.8 u dW, 2000 paths, with the slopes measured',
    marginRight: 190,
    x: { type: 'log', base: 2, label: 'h', grid: true, tickFormat: (h: number) => `1/${1 / h}` },
    y: decades('mean |error| at t = 1', -5, -1),
    marks: [
      ...results.flatMap(({ errors }, i) => [
        // What follows milstein so closely would hide it.
        Plot.line([...errors], { x: 'h', y: 'strong', stroke: colours[i], strokeDasharray: dashes[i] }),
        Plot.dot([...errors], { x: 'h', y: 'strong', fill: colours[i], r: 2.5 }),
      ]),
      ...key(
        results.map(({ method, strongSlope }, i) => ({
          name: `${method} ${strongSlope.toFixed(2)}`,
          colour: colours[i],
          dashed: dashes[i] !== 'none',
        })),
      ),
    ],
  });
}

const dashes = ['none', '6 4', '2 3', 'none', 'none', '6 4'] as const;

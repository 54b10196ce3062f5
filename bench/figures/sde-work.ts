/** Work and precision of stochastic solves: what adaptive steps cost under either form of the error estimate. */
import { inhomogeneousLinear } from '../../test/ode/sde/problems.js';
import { createEngine } from '../../src/engines/index.js';
import { SdeSolver } from '../../src/ode/sde/solver.js';
import type { SdeSolveRequest } from '../../src/ode/sde/solve-request.js';
import type { ErrorSigns } from '../../src/ode/sde/sri-tableau.js';
import { sdeMethods, type SdeMethodName } from '../../src/ode/sde/tableaux/index.js';
import { BrownianTree } from '../../src/random/brownian-tree.js';
import { colours, decades, draw, key, Plot } from './draw.js';

const paths = 500;
const engine = await createEngine('reference', 'f64');

interface Line {
  readonly name: string;
  readonly method: SdeMethodName;
  readonly errorSigns: ErrorSigns;
  readonly solves: readonly Pick<SdeSolveRequest, 'controller' | 'atol' | 'rtol'>[];
}

const adaptive = (exponents: readonly number[]) =>
  exponents.map((exponent) => ({ controller: 'pi' as const, atol: 10 ** -exponent, rtol: 10 ** -exponent }));
const constant = [3, 4, 5, 6, 7, 8].map((exponent) => ({
  controller: { kind: 'constant', dt: 2 ** -exponent } as const,
  atol: 1,
  rtol: 1,
}));

const lines: readonly Line[] = [
  { name: 'sosri, plus', method: 'sosri', errorSigns: 'plus', solves: adaptive([0, 0.5, 1, 1.5, 2, 2.5]) },
  {
    name: 'sosri, alternating',
    method: 'sosri',
    errorSigns: 'alternating',
    solves: adaptive([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]),
  },
  { name: 'sosri, constant steps', method: 'sosri', errorSigns: 'plus', solves: constant },
  { name: 'milstein_difference', method: 'milstein_difference', errorSigns: 'plus', solves: constant },
  { name: 'euler_maruyama', method: 'euler_maruyama', errorSigns: 'plus', solves: constant },
];

export async function sdeWork(): Promise<string> {
  const { drift, diffusion, exact, start } = inhomogeneousLinear(engine, -1, 1, 0.8);
  const seed = { sweepSeed: 1, trialSeed: 7 };
  const path = new BrownianTree({ key: seed, purpose: 'work of stochastic solves', t0: 0, t1: 1, entries: paths });
  const ends = exact(path, 1);
  const y0 = engine.allocate(paths, 1);
  engine.fill(y0, start);
  const series: { readonly points: readonly (readonly [number, number])[] }[] = [];
  for (const { method, errorSigns, solves } of lines) {
    const shape = { engine, drift, diffusion, method: sdeMethods[method], rows: paths, columns: 1, errorSigns };
    const solver = new SdeSolver(shape);
    const points: (readonly [number, number])[] = [];
    for (const solve of solves) {
      const { y1, outcome, statistics } = await solver.solve({
        ...solve,
        y0,
        t0: 0,
        t1: 1,
        path,
        outputRule: 'step',
        maxSteps: 20_000,
        saveat: [],
        keepStates: false,
        stiffness: null,
      });
      if (outcome.state !== 'success') throw new Error(outcome.advice);
      const error = (await engine.read(y1)).reduce((sum, u, i) => sum + Math.abs(u - ends[i]), 0) / paths;
      points.push([statistics.nfe + statistics.diffusionNfe, error]);
    }
    solver.dispose();
    series.push({ points });
  }
  return draw({
    heading: `Work and precision on du = (1 − u) dt + 0.8 u dW, ${paths} paths that share their steps`,
    marginRight: 190,
    x: decades('calls of drift and diffusion', 1, 4),
    y: decades('mean |error| at t = 1', -6, -1),
    marks: [
      ...series.flatMap(({ points }, i) => [
        Plot.line(points, { stroke: colours[i], clip: true }),
        Plot.dot(points, { fill: colours[i], r: 2.5, clip: true }),
      ]),
      ...key(lines.map(({ name }, i) => ({ name, colour: colours[i] }))),
    ],
  });
}

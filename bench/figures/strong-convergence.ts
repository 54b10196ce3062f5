/** Strong and weak convergence of the stochastic methods along fixed paths. */
import { errorsAtEnd, orderWithoutDiagonal, slope, type PathErrors } from '../../test/ode/sde/measured-orders.js';
import { geometricBrownianMotion, inhomogeneousLinear } from '../../test/ode/sde/problems.js';
import { createEngine } from '../../src/engines/index.js';
import { sdeMethodNames, sdeMethods, type SdeMethodName } from '../../src/ode/sde/tableaux/index.js';
import { colours, decades, draw, key, Plot, type Series } from './draw.js';
import { once } from './once.js';
import type { Table } from './page.js';

const engine = await createEngine('reference', 'f64');
const paths = 2000;

interface StrongErrors extends PathErrors {
  readonly method: SdeMethodName;
  /** Over the four finest grids. */
  readonly order: number;
}

/** Errors of du = (1 − u) dt + 0.8 u dW, whose fields do not commute. */
const strongErrors = once(async () => {
  const problem = inhomogeneousLinear(engine, -1, 1, 0.8);
  const results: StrongErrors[] = [];
  for (const method of sdeMethodNames) {
    const errors = await errorsAtEnd(engine, problem, method, paths, [3, 4, 5, 6, 7, 8]);
    results.push({ ...errors, method, order: slope(errors.exponents.slice(-4), errors.strong.slice(-4)) });
  }
  return results;
});

export async function strongConvergence(): Promise<string> {
  const results = await strongErrors();
  return draw({
    heading: `Strong convergence on du = (1 − u) dt + 0.8 u dW, ${paths} paths, with measured slopes`,
    marginRight: 200,
    x: { type: 'log', base: 2, label: 'h', grid: true, tickFormat: (h: number) => `1/${1 / h}` },
    y: decades('mean |error| at t = 1', -5, -1),
    marks: [
      ...results.flatMap(({ method, exponents, strong }) => {
        const points = exponents.map((exponent, k) => [2 ** -exponent, strong[k]]);
        const { colour, dashed } = seriesOf(method);
        return [
          Plot.line(points, { stroke: colour, strokeDasharray: dashed ? '6 5' : 'none' }),
          Plot.dot(points, { fill: colour, r: 2.5 }),
        ];
      }),
      ...key(results.map(({ method, order }) => ({ ...seriesOf(method), name: `${method}  ${order.toFixed(2)}` }))),
    ],
  });
}

export async function sde(): Promise<Table> {
  const rows: (string | number)[][] = [];
  const weakProblem = geometricBrownianMotion(engine, 1, 0.1);
  for (const { method, order } of await strongErrors()) {
    const { exponents, weak } = await errorsAtEnd(engine, weakProblem, method, 4000, [4, 5, 6, 7]);
    const dense = await orderWithoutDiagonal(engine, method);
    const slopes = [order, slope(exponents, weak), dense].map((value) => value.toFixed(2));
    rows.push([method, sdeMethods[method].order, ...slopes]);
  }
  return { columns: ['method', 'strong order', 'slope', 'weak slope', 'strong slope, dense diffusion'], rows };
}

/** The line of a method lies on that of another of its order: every second one is dashed. */
function seriesOf(method: SdeMethodName): Series {
  const place = sdeMethodNames.indexOf(method);
  return { name: method, colour: colours[place], dashed: method === 'sosri' || method === 'milstein_difference' };
}

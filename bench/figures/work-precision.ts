/** Work–precision diagrams: global error against NFE as the tolerance goes from 1e-3 to 1e-12. */
import { detest } from '../../test/fixtures/problems/problems.js';
import { pairNames, tableaux } from '../../src/ode/tableaux/index.js';
import { colours, draw, Plot } from './draw.js';
import { solve } from './solving.js';

const exponents = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

export async function workPrecision(name: string): Promise<string> {
  const problem = detest.find((candidate) => candidate.name === name);
  if (problem === undefined) throw new Error(`There is no problem ${name}.`);
  const points: { readonly pair: string; readonly nfe: number; readonly error: number }[] = [];
  for (const pair of pairNames) {
    for (const exponent of exponents) {
      const tolerance = 10 ** -exponent;
      const { end, statistics, outcome } = await solve({ ...problem }, tableaux[pair], {
        rtol: tolerance,
        atol: tolerance,
        maxSteps: 40_000,
      });
      if (outcome.state !== 'success') continue;
      const error =
        Math.hypot(...problem.reference.map((value, i) => value - end[i])) / Math.hypot(...problem.reference);
      points.push({ pair, nfe: statistics.nfe, error: Math.max(error, 1e-16) });
    }
  }
  const ends = pairNames.map((pair) => points.filter((point) => point.pair === pair).at(-1));
  const colour = (pair: string): string => colours[(pairNames as readonly string[]).indexOf(pair) % colours.length];
  return draw({
    heading: `Work and precision on ${problem.name}`,
    height: 480,
    x: { type: 'log', label: 'NFE', grid: true, tickFormat: '~s' },
    y: { type: 'log', label: 'relative error at the end', grid: true, tickFormat: '.0e' },
    marks: [
      Plot.line(points, { x: 'nfe', y: 'error', z: 'pair', stroke: ({ pair }: { pair: string }) => colour(pair) }),
      Plot.dot(points, { x: 'nfe', y: 'error', r: 2.5, fill: ({ pair }: { pair: string }) => colour(pair) }),
      Plot.text(
        ends.filter((end) => end !== undefined),
        {
          x: 'nfe',
          y: 'error',
          text: 'pair',
          dx: 6,
          textAnchor: 'start',
          fill: ({ pair }: { pair: string }) => colour(pair),
        },
      ),
    ],
  });
}

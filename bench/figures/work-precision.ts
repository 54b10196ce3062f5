/** Work–precision diagrams: global error against NFE as the tolerance goes from 1e-3 to 1e-12. */
import { detest } from '../../test/fixtures/problems/problems.js';
import { pairNames, tableaux, type PairName } from '../../src/ode/tableaux/index.js';
import { colours, decades, draw, key, Plot, type Series } from './draw.js';
import { solve } from './solving.js';

const exponents = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

export async function workPrecision(name: string): Promise<string> {
  const problem = detest.find((candidate) => candidate.name === name);
  if (problem === undefined) throw new Error(`There is no problem ${name}.`);
  const points: { readonly pair: PairName; readonly nfe: number; readonly error: number }[] = [];
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
  return draw({
    heading: `Work and precision on ${problem.name}: tolerances from 1e-3 to 1e-12`,
    height: 480,
    marginRight: 150,
    x: decades('NFE', 2, 5),
    y: decades('relative error at the end', -12, 1),
    marks: [
      ...pairNames.flatMap((pair) => {
        const ofPair = points.filter((point) => point.pair === pair);
        const { colour, dashed } = seriesOf(pair);
        return [
          Plot.line(ofPair, {
            x: 'nfe',
            y: 'error',
            stroke: colour,
            strokeDasharray: dashed ? '4 3' : 'none',
            clip: true,
          }),
          Plot.dot(ofPair, { x: 'nfe', y: 'error', r: 2.5, fill: colour, clip: true }),
        ];
      }),
      ...key(pairNames.map(seriesOf)),
    ],
  });
}

/** Both error rows of dopri5 share a colour, as they share the solution. */
function seriesOf(pair: PairName): Required<Series> {
  const dashed = pair === 'dopri5_shampine';
  const place = pairNames.filter((name) => name !== 'dopri5_shampine').indexOf(dashed ? 'dopri5_classic' : pair);
  return { name: pair, colour: colours[place], dashed };
}

/** What the solver did on a van der Pol oscillator: its steps, those it rejected, and its stiffness estimates. */
import { tableaux } from '../../src/ode/tableaux/index.js';
import { colours, decades, draw, key, Plot } from './draw.js';
import { solve, vanDerPol } from './solving.js';

const problem = vanDerPol(20, 45);

export async function stepHistory(): Promise<string> {
  const { attempts, statistics } = await solve(problem, tableaux.tsit5, { rtol: 1e-6, atol: 1e-6, keepAttempts: true });
  const tried = attempts ?? [];
  const accepted = tried.filter((attempt) => attempt.accepted);
  return draw({
    heading: `Steps of tsit5 on van der Pol, μ = 20, tolerance 1e-6: ${statistics.accepted} accepted, ${statistics.rejected} rejected`,
    x: { label: 't' },
    y: decades('h', -3, 0),
    marks: [
      Plot.line(accepted, { x: 't', y: 'h', stroke: colours[0], curve: 'step-after' }),
      Plot.dot(
        tried.filter((attempt) => !attempt.accepted),
        { x: 't', y: 'h', symbol: 'times', stroke: colours[1] },
      ),
      ...key([
        { name: 'accepted', colour: colours[0] },
        { name: 'rejected', colour: colours[1] },
      ]),
    ],
  });
}

/** S·|h| beside the stability size: where it hovers there, stability and not accuracy limits the steps, and R_S bites. */
export async function stiffnessHistory(): Promise<string> {
  const { grid } = await solve(problem, tableaux.tsit5, { rtol: 1e-4, atol: 1e-4, stiffness: 'rms' });
  const points = grid.steps.map(({ t, h, stiffness }) => ({ t, value: (stiffness?.value ?? 0) * Math.abs(h) }));
  const size = tableaux.tsit5.stabilitySize;
  return draw({
    heading: 'S · h of tsit5 on van der Pol, μ = 20, tolerance 1e-4: stability limits the steps',
    x: { label: 't' },
    y: { label: 'S · h', grid: true },
    marginRight: 140,
    marks: [
      Plot.ruleY([size], { stroke: colours[1], strokeDasharray: '4 3' }),
      Plot.text([[problem.t1, size]], {
        text: [`stability size ${size}`],
        dx: 6,
        textAnchor: 'start',
        fill: colours[1],
      }),
      Plot.line(points, { x: 't', y: 'value', stroke: colours[0] }),
      Plot.dot(points, { x: 't', y: 'value', r: 1.5, fill: colours[0] }),
    ],
  });
}

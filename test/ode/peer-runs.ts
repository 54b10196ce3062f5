/**
 * The runs of scipy's and diffrax's own solvers that test/fixtures/peer-steps/run-peers.py made, and the same runs here,
 * under the peers' own rules.
 */
import { readFileSync } from 'node:fs';
import type { SolveRequest } from '../../src/ode/solve-request.js';
import { tableaux, type PairName } from '../../src/ode/tableaux/index.js';
import { solve, type Problem } from './problems.js';

interface Steps {
  readonly problem: string;
  readonly pair: PairName;
  readonly tolerance: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly y1: readonly number[];
}

export type PeerRun = Steps &
  (
    | { readonly peer: 'scipy'; readonly nfe: number }
    | {
        readonly peer: 'diffrax';
        readonly p: number;
        readonly i: number;
        readonly d: number;
        readonly firstStep: number;
      }
  );

const file = new URL('../fixtures/peer-steps/peer-steps.json', import.meta.url);
export const { cases: peerRuns } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly PeerRun[] };

const vanDerPol =
  (mu: number): Problem['f'] =>
  (_, y) => [y[1], mu * (1 - y[0] * y[0]) * y[1] - y[0]];

const problems: Readonly<Record<string, Problem & { readonly t0?: number; readonly t1: number }>> = {
  oscillator: { f: (_, y) => [y[1], -y[0]], start: [1, 0], t1: 10 },
  'oscillator backwards': { f: (_, y) => [y[1], -y[0]], start: [1, 0], t0: 3, t1: -4 },
  'van der Pol, mu = 5': { f: vanDerPol(5), start: [2, 0], t1: 15 },
  'van der Pol, mu = 50': { f: vanDerPol(50), start: [2, 0], t1: 5 },
  brusselator: {
    f: (_, y) => [1 + y[0] * y[0] * y[1] - 4 * y[0], 3 * y[0] - y[0] * y[0] * y[1]],
    start: [1.5, 3],
    t1: 20,
  },
  Lorenz: {
    f: (_, y) => [10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - (8 / 3) * y[2]],
    start: [1, 1, 1],
    t1: 1,
  },
  peak: { f: (t) => [1 / (1 + ((t - 0.5) / 0.02) ** 2)], start: [0], t1: 1 },
  'orbit, eccentricity 0.5': {
    f: (_, y) => {
      const cube = (y[0] * y[0] + y[1] * y[1]) ** 1.5;
      return [y[2], y[3], -y[0] / cube, -y[1] / cube];
    },
    start: [0.5, 0, 0, Math.sqrt(3)],
    t1: 10,
  },
  'fast relaxation': { f: (t, y) => [-200 * (y[0] - Math.cos(t))], start: [0], t1: 2 },
};

export const labelOf = (entry: PeerRun): string =>
  entry.peer === 'scipy'
    ? `scipy on ${entry.problem}: ${entry.pair} at ${entry.tolerance}`
    : `diffrax on ${entry.problem}: ${entry.pair} at ${entry.tolerance} with P, I, D = ${entry.p}, ${entry.i}, ${entry.d}`;

/** On the border of stability a change of y0 in its last digit moves these counts, by up to 8. */
export const roundingDecides = [
  'diffrax on van der Pol, mu = 5: tsit5 at 1e-9 with P, I, D = 0.4, 0.3, 0',
  'diffrax on van der Pol, mu = 50: dopri8 at 1e-9 with P, I, D = 0, 1, 0',
  'diffrax on van der Pol, mu = 50: dopri8 at 1e-9 with P, I, D = 0.4, 1, 0',
  'diffrax on fast relaxation: bosh3 at 0.00001 with P, I, D = 0, 1, 0',
  'diffrax on fast relaxation: bosh3 at 0.00001 with P, I, D = 0.4, 1, 0',
];

/** The same run here. */
export function runHere(run: PeerRun) {
  const { problem, pair, tolerance } = run;
  const { t0 = 0, t1, ...equation } = problems[problem];
  const rule: Partial<SolveRequest> =
    run.peer === 'scipy'
      ? { controller: 'scipy' }
      : { controller: { kind: 'pid', p: run.p, i: run.i, d: run.d }, firstStep: run.firstStep };
  const request = { t0, t1, rtol: tolerance, atol: tolerance, ...rule, maxSteps: 100_000, keepStates: false };
  return solve(equation, request, tableaux[pair]);
}

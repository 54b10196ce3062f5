/**
 * Steps, evaluations and end states against scipy's and diffrax's own solvers, under their own rules:
 * test/fixtures/peer-steps/run-peers.py.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
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

type Case = Steps &
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
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] };

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

const labelOf = (entry: Case): string =>
  entry.peer === 'scipy'
    ? `scipy on ${entry.problem}: ${entry.pair} at ${entry.tolerance}`
    : `diffrax on ${entry.problem}: ${entry.pair} at ${entry.tolerance} with P, I, D = ${entry.p}, ${entry.i}, ${entry.d}`;

/** On the border of stability a change of y0 in its last digit moves these counts, by up to 8. */
const roundingDecides = [
  'diffrax on van der Pol, mu = 5: tsit5 at 1e-9 with P, I, D = 0.4, 0.3, 0',
  'diffrax on van der Pol, mu = 50: dopri8 at 1e-9 with P, I, D = 0, 1, 0',
  'diffrax on van der Pol, mu = 50: dopri8 at 1e-9 with P, I, D = 0.4, 1, 0',
  'diffrax on fast relaxation: bosh3 at 0.00001 with P, I, D = 0, 1, 0',
  'diffrax on fast relaxation: bosh3 at 0.00001 with P, I, D = 0.4, 1, 0',
];

it.each(cases.map((entry) => [labelOf(entry), entry] as const))('Takes the steps of %s', async (_, expected) => {
  const { problem, pair, tolerance, accepted, rejected } = expected;
  const { t0 = 0, t1, ...equation } = problems[problem];
  const rule: Partial<SolveRequest> =
    expected.peer === 'scipy'
      ? { controller: 'scipy' }
      : {
          controller: { kind: 'pid', p: expected.p, i: expected.i, d: expected.d },
          firstStep: expected.firstStep,
        };
  const { statistics, end } = await solve(
    equation,
    { t0, t1, rtol: tolerance, atol: tolerance, ...rule, maxSteps: 100_000, keepStates: false },
    tableaux[pair],
  );
  const slack = roundingDecides.includes(labelOf(expected)) ? 1 : 0;
  expect(Math.abs(statistics.accepted - accepted)).toBeLessThanOrEqual(slack);
  expect(Math.abs(statistics.rejected - rejected)).toBeLessThanOrEqual(slack);
  if (expected.peer === 'scipy') expect(statistics.nfe).toBe(expected.nfe);
  const bound = 1e-11 + (slack === 0 ? 1e-2 : 1) * tolerance;
  for (const [k, value] of expected.y1.entries()) {
    expect(Math.abs(end[k] - value)).toBeLessThan(bound * Math.max(1, Math.abs(value)));
  }
});

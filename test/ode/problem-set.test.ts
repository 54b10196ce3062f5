/** Global errors of every pair over DETEST and two harder problems (test/fixtures/problems/problems.ts). */
import { beforeAll, describe, expect, it } from 'vitest';
import { pairNames, tableaux, type PairName } from '../../src/ode/tableaux/index.js';
import { detest, lorenz, vanDerPol, type InitialValueProblem } from '../fixtures/problems/problems.js';
import { solve } from './problems.js';

const problems = [...detest, vanDerPol, lorenz];

/** Loose, middle, tight; order 2 takes too many steps to tight ones, and fehlberg12 estimates 1/256 of Euler's error. */
const tolerancesOf = (pair: PairName): readonly number[] => {
  if (pair === 'fehlberg12') return [1e-5, 1e-6, 1e-7];
  return tableaux[pair].order > 2 ? [1e-4, 1e-6, 1e-8] : [1e-3, 1e-4, 1e-5];
};

/** Largest global error over the tolerance: how much the problem and the estimate may magnify local errors. */
const multipleOf = (pair: PairName, { name }: InitialValueProblem): number => {
  // Over three revolutions a local error becomes a phase error some hundred times as large.
  const problem = name.startsWith('D') ? 1000 : 100;
  const estimate = pair === 'fehlberg12' ? 256 : 7;
  return problem * estimate;
};

async function globalError(
  { f, y0, t0, t1, reference }: InitialValueProblem,
  pair: PairName,
  tolerance: number,
): Promise<number> {
  const options = { t0, t1, rtol: tolerance, atol: tolerance, maxSteps: 200_000, keepStates: false };
  const { outcome, end } = await solve({ f, start: y0 }, options, tableaux[pair]);
  expect(outcome.state).toBe('success');
  return Math.max(...end.map((y, k) => Math.abs(y - reference[k]) / Math.max(1, Math.abs(reference[k]))));
}

describe.each(pairNames)('Over the problem set, %s', (pair) => {
  const tolerances = tolerancesOf(pair);
  /** By problem and tolerance. */
  const errors: number[][] = [];

  beforeAll(async () => {
    for (const problem of problems) {
      const ofProblem: number[] = [];
      for (const tolerance of tolerances) ofProblem.push(await globalError(problem, pair, tolerance));
      errors.push(ofProblem);
    }
  });

  it.each(problems.map((problem, k) => [problem.name, problem, k] as const))(
    'keeps the global error of %s to a multiple of the tolerance',
    (_, problem, k) => {
      for (const [n, tolerance] of tolerances.entries()) {
        expect(errors[k][n] / tolerance).toBeLessThan(multipleOf(pair, problem));
      }
    },
  );

  it('has global errors in proportion to the tolerance, in the mean over problems', () => {
    const [loose, , tight] = tolerances;
    const exponents = errors.map(([first, , last]) => Math.log(first / last) / Math.log(loose / tight));
    const mean = exponents.reduce((sum, exponent) => sum + exponent, 0) / exponents.length;
    expect(Math.abs(mean - 1)).toBeLessThan(0.15);
  });
});

it.each(problems.map((problem) => [problem.name, problem] as const))(
  'The reference of %s is what dopri8 finds at the smallest tolerance',
  async (_, problem) => {
    expect(await globalError(problem, 'dopri8', 1e-14)).toBeLessThan(2e-11);
  },
);

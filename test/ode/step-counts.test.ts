/** Steps and function evaluations against an implementation that is independent of this one (`reference-runs.ts`). */
import { describe, expect, it } from 'vitest';
import { pairNames } from '../../src/ode/tableaux/index.js';
import { problems, referenceRuns, runHere } from './reference-runs.js';

describe.each(Object.keys(problems))('%s', (problem) => {
  it.each(referenceRuns.filter((entry) => entry.problem === problem))(
    'takes the steps of the reference: $pair, $controller, $tolerance',
    async (run) => {
      const { accepted, rejected, nfe, y1 } = run;
      const { statistics, end } = await runHere(run);
      expect(statistics).toEqual({ accepted, rejected, nfe });
      for (const [k, value] of y1.entries())
        expect(Math.abs(end[k] - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
    },
  );
});

it('The reference covers every pair but dopri8, which diffrax covers', () => {
  const covered = new Set(referenceRuns.map(({ pair }) => pair));
  expect([...covered, 'dopri8'].sort()).toEqual([...pairNames].sort());
  for (const problem of Object.keys(problems)) {
    const ofProblem = referenceRuns.filter((entry) => entry.problem === problem);
    expect(new Set(ofProblem.map(({ pair, controller }) => `${pair} ${controller}`)).size).toBe(2 * covered.size);
  }
});

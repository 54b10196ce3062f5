/**
 * Steps, evaluations and end states against scipy's and diffrax's own solvers, under their own rules (`peer-runs.ts`).
 */
import { expect, it } from 'vitest';
import { labelOf, peerRuns, roundingDecides, runHere } from './peer-runs.js';

it.each(peerRuns.map((entry) => [labelOf(entry), entry] as const))('Takes the steps of %s', async (_, expected) => {
  const { tolerance, accepted, rejected } = expected;
  const { statistics, end } = await runHere(expected);
  const slack = roundingDecides.includes(labelOf(expected)) ? 1 : 0;
  expect(Math.abs(statistics.accepted - accepted)).toBeLessThanOrEqual(slack);
  expect(Math.abs(statistics.rejected - rejected)).toBeLessThanOrEqual(slack);
  if (expected.peer === 'scipy') expect(statistics.nfe).toBe(expected.nfe);
  const bound = 1e-11 + (slack === 0 ? 1e-2 : 1) * tolerance;
  for (const [k, value] of expected.y1.entries()) {
    expect(Math.abs(end[k] - value)).toBeLessThan(bound * Math.max(1, Math.abs(value)));
  }
});

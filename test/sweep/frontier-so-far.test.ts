import fc from 'fast-check';
import { expect, it } from 'vitest';
import { frontier } from '../../src/pareto/frontier.js';
import { FrontierSoFar } from '../../src/sweep/monitor/frontier-so-far.js';
import type { TrialId } from '../../src/sweep/store.js';
import type { TrialResult } from '../../src/training/trial.js';
import { sampleResult } from '../db/sample.js';

it('The frontier so far is that of all results, however often someone looks at it meanwhile', () => {
  const value = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }) },
    fc.constantFrom(NaN, Infinity, -Infinity),
  );
  const results = fc.array(
    fc.record({ nfe: fc.option(value, { freq: 9 }), accuracy: fc.option(value, { freq: 9 }), look: fc.boolean() }),
    { maxLength: 60 },
  );
  const objectives = [
    { name: 'nfe', goal: 'minimize' },
    { name: 'accuracy', goal: 'maximize' },
  ] as const;
  fc.assert(
    fc.property(results, (list) => {
      const best = new FrontierSoFar(objectives);
      const seen: { readonly id: TrialId; readonly result: TrialResult }[] = [];
      for (const { nfe, accuracy, look } of list) {
        const point = { id: (seen.length + 1) as TrialId, result: { ...sampleResult, nfe, accuracy } };
        seen.push(point);
        best.add(point.id, point.result);
        if (!look) continue;
        const expected = frontier(seen, [
          { goal: 'minimize', value: ({ result }) => result.nfe },
          { goal: 'maximize', value: ({ result }) => result.accuracy },
        ]);
        expect([...best.ids()].sort((a, b) => a - b)).toEqual(expected.map(({ id }) => id));
      }
    }),
    { numRuns: 300 },
  );
});

/** What all rules that compare trials promise. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAshaPruner, rungsFrom } from '../../src/pruners/asha.js';
import { createDominatedPruner } from '../../src/pruners/dominated.js';
import { createMedianPruner } from '../../src/pruners/median.js';
import { createPercentilePruner } from '../../src/pruners/percentile.js';
import type { Curve, Pruner } from '../../src/pruners/pruner.js';
import { anyCurve, costs, loss, stoppedAt } from './curves.js';

const judged = { minEpochs: 1, interval: 1, measure: loss, minTrials: 1 };
const rung = { isRung: rungsFrom(1, 2), eta: 2, minTrials: 0 };
const rules: readonly (readonly [string, Pruner])[] = [
  ['median', createMedianPruner(judged)],
  ['percentile', createPercentilePruner({ ...judged, percentile: 20 })],
  ['asha', createAshaPruner({ ...rung, measure: loss, lenient: false })],
  ['asha, lenient', createAshaPruner({ ...rung, measure: loss, lenient: true })],
  ['asha by fronts', createAshaPruner({ ...rung, measure: null, lenient: false })],
  ['dominated', createDominatedPruner({ ...judged, margins: [0.1, 0.3], by: 1, patience: 2 })],
];

const competition = fc.array(anyCurve, { maxLength: 12 });

describe.each(rules)('The rule %s', (_, pruner) => {
  it('gives the same verdict in whatever order the others are told', () => {
    const shuffled = competition.chain((others) =>
      fc.tuple(fc.constant(others), fc.shuffledSubarray(others, { minLength: others.length })),
    );
    fc.assert(
      fc.property(anyCurve, shuffled, (own, [others, reordered]) => {
        expect(pruner.verdict(own, reordered)).toEqual(pruner.verdict(own, others));
      }),
    );
  });

  it('never stops a trial that is nowhere worse than any other', () => {
    const best = costs(Array.from({ length: 9 }, () => [0, 0] as const));
    fc.assert(
      fc.property(competition, (others) => {
        expect(stoppedAt(pruner, best, others)).toBeNull();
      }),
    );
  });

  it('stops a curve that is everywhere worse no later', () => {
    const worsened = anyCurve.chain((own) =>
      fc.tuple(
        fc.constant(own),
        fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: own.points.length, maxLength: own.points.length }),
      ),
    );
    let both = 0;
    fc.assert(
      fc.property(worsened, competition, ([own, added], others) => {
        const worse: Curve = costs(own.points.map(({ costs: [nfe, l] }, k) => [nfe + added[k][0], l + added[k][1]]));
        const stopped = stoppedAt(pruner, own, others);
        if (stopped === null) return;
        both += 1;
        expect(stoppedAt(pruner, worse, others) ?? Infinity).toBeLessThanOrEqual(stopped);
      }),
      { numRuns: 300 },
    );
    expect(both, 'trials stopped among those tried').toBeGreaterThan(10);
  });
});

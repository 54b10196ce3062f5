import { describe, expect, it } from 'vitest';
import { firstVerdict } from '../../src/pruners/first-verdict.js';
import { createMedianPruner } from '../../src/pruners/median.js';
import { createThresholdPruner, type ThresholdSettings } from '../../src/pruners/threshold.js';
import { costs, loss, losses, stoppedAt } from './curves.js';

const threshold = (settings: Partial<ThresholdSettings> = {}) =>
  createThresholdPruner({ minEpochs: 1, maxNfe: null, maxLoss: null, minAccuracy: null, ...settings });

describe('The threshold rule', () => {
  it('stops a trial beyond a bound, whatever the others do; on the bound it goes on', () => {
    const bounds = threshold({ maxNfe: 200, maxLoss: 3 });
    const own = costs([
      [200, 3],
      [150, 2],
      [201, 1],
    ]);
    expect(stoppedAt(bounds, own, [])).toBe(3);
    expect(bounds.verdict(own, [])).toEqual({ code: 'threshold', message: 'nfe 201 is above 200 at epoch 3' });
    expect(bounds.verdict(losses([3.5]), [])?.message).toBe('loss 3.5 is above 3 at epoch 1');
  });

  it('holds the bounds from min_epochs on', () => {
    expect(stoppedAt(threshold({ minEpochs: 3, maxLoss: 1 }), losses([9, 9, 9]), [])).toBe(3);
  });

  it('stops at once where loss or nfe is not finite', () => {
    const late = threshold({ minEpochs: 5 });
    expect(late.verdict(losses([1, NaN]), [])?.message).toBe('loss is NaN at epoch 2');
    expect(late.verdict(costs([[Infinity, 1]]), [])?.message).toBe('nfe is Inf at epoch 1');
  });

  it('does not judge what is not told', () => {
    const untold = { points: [{ epoch: 1, costs: [NaN, NaN], nfe: null, loss: null }], ended: false };
    expect(threshold({ maxNfe: 1, maxLoss: 0 }).verdict(untold, [])).toBeNull();
    expect(
      threshold({ maxNfe: 1 }).verdict({ ...untold, points: [{ ...untold.points[0], nfe: 2 }] }, [])?.message,
    ).toBe('nfe 2 is above 1 at epoch 1');
  });

  it('bounds accuracy from below, and does not judge one that a task does not have', () => {
    const measure = { name: 'accuracy', goal: 'maximize', index: 0 } as const;
    const accurate = threshold({ minAccuracy: { measure, bound: 0.5 } });
    const at = (cost: number) => ({ points: [{ epoch: 1, costs: [cost], nfe: 10, loss: 1 }], ended: false });
    expect(accurate.verdict(at(-0.25), [])?.message).toBe('accuracy 0.25 is below 0.5 at epoch 1');
    expect(accurate.verdict(at(-0.5), [])).toBeNull();
    expect(accurate.verdict(at(NaN), [])).toBeNull();
  });
});

describe('Several rules together', () => {
  const median = createMedianPruner({ minEpochs: 1, interval: 1, minTrials: 1, measure: loss });

  it('stop what any of them stops, and the first that does says why', () => {
    const both = firstVerdict([threshold({ maxLoss: 5 }), median]);
    expect(both.verdict(losses([9]), [losses([1])])?.code).toBe('threshold');
    expect(both.verdict(losses([2]), [losses([1])])?.code).toBe('median');
    expect(both.verdict(losses([1]), [losses([1])])).toBeNull();
  });

  it('all see the others, even where those can be told once only', () => {
    const once = [losses([1])].values();
    expect(firstVerdict([median, median, threshold()]).verdict(losses([1]), once)).toBeNull();
    expect(firstVerdict([createMedianPruner({ minEpochs: 1, interval: 1, minTrials: 9, measure: loss }), median])
      .verdict(losses([2]), [losses([1])].values())?.code).toBe('median'); // prettier-ignore
  });
});

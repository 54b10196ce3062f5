import { describe, expect, it } from 'vitest';
import { createMedianPruner } from '../../src/pruners/median.js';
import { createPercentilePruner } from '../../src/pruners/percentile.js';
import { loss, losses, stoppedAt } from './curves.js';

const everyEpoch = { minEpochs: 1, interval: 1, minTrials: 1, measure: loss };
const median = createMedianPruner(everyEpoch);

describe('The median rule', () => {
  // At epoch 2 the others have 4, 6 and 8.
  const others = [losses([9, 4, 1]), losses([9, 6, 2]), losses([9, 8, 3])];

  it('stops a trial whose best value is worse than the median of the others at the same epoch', () => {
    expect(median.verdict(losses([9, 7]), others)).toEqual({
      code: 'median',
      message: 'best loss 7 by epoch 2 is worse than 6, the median of 3 trials',
    });
    expect(stoppedAt(median, losses([9, 5, 2.5]), others)).toBe(3);
  });

  it('lets a tie go on, and takes the mean of the middle two of an even number', () => {
    expect(median.verdict(losses([9, 6]), others)).toBeNull();
    const four = [...others, losses([9, 6.5, 3])];
    expect(median.verdict(losses([9, 6.25]), four)).toBeNull();
    expect(median.verdict(losses([9, 6.3]), four)?.message).toContain('6.25, the median of 4 trials');
  });

  it('compares the best value so far, so that a curve may rise again', () => {
    expect(median.verdict(losses([5, 100]), others)).toBeNull();
  });

  it('compares with trials that have ended and have the epoch, stopped ones included', () => {
    const running = [losses([1, 1], false), losses([1, 1], false)];
    expect(median.verdict(losses([9, 6]), [...running, ...others])).toBeNull();
    const stoppedEarly = [losses([1]), losses([1])];
    expect(median.verdict(losses([9, 6]), [...stoppedEarly, ...others])).toBeNull();
    expect(median.verdict(losses([9]), [...stoppedEarly, ...others])).toBeNull();
    expect(median.verdict(losses([9]), [...stoppedEarly, losses([1]), ...others])).not.toBeNull();
  });

  it('says nothing while fewer than min_trials others have a value there', () => {
    const patient = createMedianPruner({ ...everyEpoch, minTrials: 4 });
    expect(patient.verdict(losses([9, 7]), others)).toBeNull();
    expect(patient.verdict(losses([9, 7]), [...others, losses([9, 1])])).not.toBeNull();
    expect(patient.verdict(losses([9, 7]), [...others, losses([9, NaN])])).toBeNull();
  });

  it('says nothing before min_epochs and between the epochs of interval', () => {
    const bad = losses([10, 10, 10, 10, 10, 10, 10]);
    const good = [losses([1, 1, 1, 1, 1, 1, 1])];
    const judged = Array.from({ length: 7 }, (_, k) => k + 1).filter((epoch) => {
      const own = { points: bad.points.slice(0, epoch), ended: false };
      return createMedianPruner({ ...everyEpoch, minEpochs: 2, interval: 3 }).verdict(own, good) !== null;
    });
    expect(judged).toEqual([2, 5]);
  });

  it('has an accuracy, whose cost is negative, read as it was measured', () => {
    const accuracy = { name: 'accuracy', goal: 'maximize', index: 1 } as const;
    const verdict = createMedianPruner({ ...everyEpoch, measure: accuracy }).verdict(losses([-0.5]), [losses([-0.75])]);
    expect(verdict?.message).toBe('best accuracy 0.5 by epoch 1 is worse than 0.75, the median of 1 trials');
  });
});

/** What Optuna documents of its MedianPruner and PercentilePruner; its step s is our epoch s + 1. */
describe('As in Optuna', () => {
  it('a trial that has had nothing but NaN is stopped, and NaN of others is left out', () => {
    expect(median.verdict(losses([NaN, NaN]), [losses([1, 1])])).toEqual({
      code: 'median',
      message: 'loss has been NaN since the first epoch',
    });
    expect(median.verdict(losses([NaN, 1]), [losses([1, NaN]), losses([1, 2])])).toBeNull();
    expect(median.verdict(losses([1, 3]), [losses([1, NaN]), losses([1, NaN]), losses([1, 2])])).toBeNull();
    expect(median.verdict(losses([3, 3]), [losses([1, NaN]), losses([1, NaN]), losses([1, 2])])).not.toBeNull();
  });

  it('percentiles are interpolated linearly: the 25th of 1, 2, 3, 4 is 1.75', () => {
    const others = [4, 2, 1, 3].map((value) => losses([value]));
    const quarter = createPercentilePruner({ ...everyEpoch, percentile: 25 });
    expect(quarter.verdict(losses([1.75]), others)).toBeNull();
    expect(quarter.verdict(losses([1.76]), others)?.message).toBe(
      'best loss 1.76 by epoch 1 is worse than 1.75, the 25th percentile of 4 trials',
    );
  });

  it('percentile 100 stops what is worse than all, and 0 what is not the best', () => {
    const others = [losses([2]), losses([4])];
    const verdicts = (percentile: number) =>
      [1, 2, 3, 4, 5].map((value) =>
        createPercentilePruner({ ...everyEpoch, percentile }).verdict(losses([value]), others) === null ? 'on' : 'stop',
      );
    expect(verdicts(100)).toEqual(['on', 'on', 'on', 'on', 'stop']);
    expect(verdicts(0)).toEqual(['on', 'on', 'stop', 'stop', 'stop']);
  });

  it('infinite values are compared like others', () => {
    expect(median.verdict(losses([Infinity]), [losses([1])])).not.toBeNull();
    expect(median.verdict(losses([Infinity]), [losses([Infinity]), losses([Infinity])])).toBeNull();
    expect(median.verdict(losses([5]), [losses([1]), losses([Infinity])])).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { createDominatedPruner, type DominatedSettings } from '../../src/pruners/dominated.js';
import { costs, stoppedAt } from './curves.js';

const dominated = (settings: Partial<DominatedSettings> = {}) =>
  createDominatedPruner({ minEpochs: 1, interval: 1, margins: [0.1, 0.1], by: 1, patience: 1, ...settings });
const at = (nfe: number, loss: number, ended = true) => costs([[nfe, loss]], ended);

describe('The dominance rule', () => {
  it('stops a trial that another beats in every objective with margin', () => {
    const verdicts = [at(100, 10), at(90, 9), at(91, 9), at(90, 9.1), at(50, 10), at(10, 11)].map(
      (other) => dominated().verdict(at(100, 10), [other])?.code ?? 'on',
    );
    expect(verdicts).toEqual(['on', 'dominated', 'on', 'on', 'on', 'on']);
  });

  it('lets the cheapest and the most accurate go on, however bad the rest of them is', () => {
    const others = [at(10, 10), at(20, 5), at(30, 1)];
    expect(dominated().verdict(at(9.5, 1000), others)).toBeNull();
    expect(dominated().verdict(at(1000, 0.95), others)).toBeNull();
    expect(dominated().verdict(at(40, 2), others)).not.toBeNull();
  });

  it('has a margin for each objective; without one it is dominance, and equals go on', () => {
    const strictLoss = dominated({ margins: [0, 0.5] });
    expect(strictLoss.verdict(at(100, 10), [at(100, 5)])).not.toBeNull();
    expect(strictLoss.verdict(at(100, 10), [at(100, 5.1)])).toBeNull();
    expect(dominated({ margins: [0, 0] }).verdict(at(100, 10), [at(100, 10)])).toBeNull();
    expect(dominated({ margins: [0, 0] }).verdict(at(100, 10), [at(100, 9.99)])).not.toBeNull();
  });

  it('takes the margin of a negative cost, as of an accuracy, outwards', () => {
    expect(dominated().verdict(at(100, -0.5), [at(50, -0.54)])).toBeNull();
    expect(dominated().verdict(at(100, -0.5), [at(50, -0.56)])).not.toBeNull();
  });

  it('wants enough that beat the trial at the same epoch, one of which has ended', () => {
    const three = dominated({ by: 3 });
    const better = [at(10, 1, false), at(11, 1, false)];
    expect(three.verdict(at(100, 10), [...better])).toBeNull();
    expect(three.verdict(at(100, 10), [...better, at(12, 1, false)])).toBeNull();
    expect(three.verdict(at(100, 10), [...better, at(12, 1)])?.message).toBe(
      '3 trials or more were better in every objective, with margin, at epoch 1',
    );
    const noSuchEpoch = costs([[10, 1]]);
    const own = costs([
      [1, 1],
      [100, 10],
    ]);
    expect(dominated().verdict(own, [noSuchEpoch])).toBeNull();
  });

  it('wants it for as many epochs in a row as patience says', () => {
    const other = costs([
      [50, 5],
      [50, 5],
      [50, 5],
      [50, 5],
      [50, 5],
    ]);
    const own = costs([
      [100, 10],
      [100, 10],
      [100, 1],
      [100, 10],
      [100, 10],
    ]);
    expect(stoppedAt(dominated({ patience: 1 }), own, [other])).toBe(1);
    expect(stoppedAt(dominated({ patience: 2 }), own, [other])).toBe(2);
    expect(stoppedAt(dominated({ patience: 3 }), own, [other])).toBeNull();
    expect(dominated({ patience: 2 }).verdict(own, [other])?.message).toContain('in epochs 4 to 5');
  });

  it('is beaten by anything finite where a cost is not, and such a cost beats nothing', () => {
    expect(dominated().verdict(at(100, NaN), [at(50, 1000)])).not.toBeNull();
    expect(dominated().verdict(at(100, Infinity), [at(50, 1000)])).not.toBeNull();
    expect(dominated().verdict(at(100, NaN), [at(150, 1)])).toBeNull();
    expect(dominated().verdict(at(100, 10), [at(50, NaN), at(-Infinity, 1)])).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { createAshaPruner, rungsBelow, rungsFrom, type AshaSettings } from '../../src/pruners/asha.js';
import { costs, loss, losses, stoppedAt } from './curves.js';

const epochs = Array.from({ length: 100 }, (_, k) => k + 1);
const asha = (settings: Partial<AshaSettings> = {}) =>
  createAshaPruner({ isRung: rungsFrom(1, 2), eta: 2, measure: loss, minTrials: 0, lenient: false, ...settings });

describe('The rungs of successive halving', () => {
  it('are min · eta^k, rounded down', () => {
    expect(epochs.filter(rungsFrom(1, 3))).toEqual([1, 3, 9, 27, 81]);
    expect(epochs.filter(rungsFrom(5, 4))).toEqual([5, 20, 80]);
    expect(epochs.filter(rungsFrom(2, 1.5))).toEqual([2, 3, 4, 6, 10, 15, 22, 34, 51, 76]);
  });

  it('are the s epochs below max by division, as W&B has them', () => {
    expect(epochs.filter(rungsBelow(81, 3, 2))).toEqual([9, 27]);
    expect(epochs.filter(rungsBelow(27, 3, 9))).toEqual([1, 3, 9]);
    expect(epochs.filter(rungsBelow(5, 2, 2))).toEqual([1, 2]);
  });
});

describe('Successive halving', () => {
  it('lets the best floor(n / eta) of those at a rung go on, ties with them included', () => {
    const others = [1, 2, 3, 4, 5].map((value) => losses([value]));
    const verdicts = [0.5, 2.5, 3, 3.5, 9].map((value) => asha().verdict(losses([value]), others)?.message ?? 'on');
    // Six trials, three places: 3.5 has three better.
    expect(verdicts).toEqual([
      'on',
      'on',
      'on',
      'loss 3.5 at epoch 1: 3 of 6 trials were better there, 3 go on',
      'loss 9 at epoch 1: 5 of 6 trials were better there, 3 go on',
    ]);
  });

  it('lets all go on while fewer than eta are at the rung, or fewer than min_trials others', () => {
    expect(asha({ eta: 3 }).verdict(losses([9]), [losses([1])])).toBeNull();
    expect(asha({ eta: 3 }).verdict(losses([9]), [losses([1]), losses([2])])).not.toBeNull();
    const crowd = [1, 2, 3, 4].map((value) => losses([value]));
    expect(asha({ minTrials: 5 }).verdict(losses([9]), crowd)).toBeNull();
    expect(asha({ minTrials: 4 }).verdict(losses([9]), crowd)).not.toBeNull();
  });

  it('judges at rungs only, by the values that running and ended trials had there', () => {
    const others = [losses([1, 1, 1, 1], false), losses([1, 1, 1, 1]), losses([9, 9, 0, 0], false), losses([5])];
    // At epoch 2 the competition has 1, 1 and 9; of four trials two go on. Epoch 3 is no rung.
    expect(stoppedAt(asha(), losses([1, 2]), others)).toBe(2);
    expect(stoppedAt(asha(), losses([1, 1, 9]), others)).toBeNull();
  });

  it('compares the value at the rung, or leniently the best so far', () => {
    const others = [losses([3, 3]), losses([3, 3]), losses([3, 3])];
    expect(asha().verdict(losses([2, 4]), others)).not.toBeNull();
    expect(asha({ lenient: true }).verdict(losses([2, 4]), others)).toBeNull();
  });

  it('takes NaN for the worst value there is', () => {
    expect(asha().verdict(losses([NaN]), [losses([1])])).not.toBeNull();
    expect(asha().verdict(losses([1]), [losses([NaN]), losses([NaN])])).toBeNull();
    expect(asha().verdict(losses([NaN]), [losses([NaN]), losses([NaN])])).toBeNull();
  });

  it('without a measure ranks by fronts, and the front at the cut goes on as a whole', () => {
    const front = [costs([[1, 9]]), costs([[5, 5]]), costs([[9, 1]])];
    const ranked = asha({ measure: null });
    // Four trials, two places; all four are on the frontier.
    expect(ranked.verdict(costs([[3, 7]]), front)).toBeNull();
    expect(ranked.verdict(costs([[6, 6]]), front)?.message).toBe(
      'at epoch 1 3 of 4 trials stood in better fronts, 2 go on',
    );
    // Two of four stand in better fronts: no place is left.
    const chain = [costs([[1, 1]]), costs([[2, 2]]), costs([[4, 4]])];
    expect(ranked.verdict(costs([[3, 3]]), chain)).not.toBeNull();
    expect(ranked.verdict(costs([[1.5, 1.5]]), chain)).toBeNull();
  });
});

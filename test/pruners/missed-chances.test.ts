import { describe, expect, it } from 'vitest';
import { missedChances, spreadOver, type Continuation } from '../../src/pruners/missed-chances.js';

/** A completed trial by its costs at epochs 1, 2, …; the last are its final ones. */
const completed = (...costs: readonly (readonly number[])[]): Continuation => ({
  finalCosts: costs[costs.length - 1],
  costsAt: (epoch) => costs.at(epoch - 1),
});

describe('What a stopped trial could have missed', () => {
  // From epoch 1 on: NFE × 2 and loss × 0.1, or NFE × 1 and loss × 0.5.
  const improving = completed([50, 10], [100, 1]);
  const slow = completed([60, 8], [60, 4]);
  const frontier = [improving.finalCosts, slow.finalCosts];

  it('is the share of the completed trials whose way on would bring it to the frontier', () => {
    const chance = (costs: readonly number[]) =>
      missedChances([{ number: 7, epoch: 1, costs }], [improving, slow], frontier);
    // 40, 5: ends at (80, 0.5) or at (40, 2.5), both undominated.
    expect(chance([40, 5])).toEqual([{ number: 7, chance: 1 }]);
    // 70, 8: ends at (140, 0.8), undominated, or at (70, 4), which (60, 4) dominates.
    expect(chance([70, 8])).toEqual([{ number: 7, chance: 0.5 }]);
    // 70, 11: ends at (140, 1.1) and at (70, 5.5), both dominated.
    expect(chance([70, 11])).toEqual([{ number: 7, chance: 0 }]);
    // The completed trials themselves end where they ended.
    expect(chance([50, 10])).toEqual([{ number: 7, chance: 1 }]);
  });

  it('continues from the epoch at which it was stopped, by those that had it', () => {
    const late = completed([1, 1], [1, 1], [1, 1]);
    const stopped = (epoch: number) =>
      missedChances([{ number: 1, epoch, costs: [1, 1] }], [improving, late], [[1, 1]]);
    // At epoch 1 `improving` doubles the NFE for a tenth of the loss; from epoch 2 on both stay where they are.
    expect(stopped(1)).toEqual([{ number: 1, chance: 1 }]);
    expect(stopped(3)).toEqual([{ number: 1, chance: 1 }]);
    expect(stopped(4)).toEqual([{ number: 1, chance: null }]);
  });

  it('leaves out ways without a ratio', () => {
    const fromZero = completed([0, 1], [5, 1]);
    const chances = missedChances([{ number: 1, epoch: 1, costs: [10, 10] }], [fromZero, slow], [[1, 1]]);
    expect(chances).toEqual([{ number: 1, chance: 0 }]);
    expect(missedChances([{ number: 1, epoch: 1, costs: [NaN, 1] }], [slow], frontier)).toEqual([
      { number: 1, chance: null },
    ]);
  });
});

describe('A spread over a list', () => {
  it('is the list, or so many of it at even distances', () => {
    const list = Array.from({ length: 10 }, (_, k) => k);
    expect(spreadOver(list, 10)).toEqual(list);
    expect(spreadOver(list, 5)).toEqual([1, 3, 5, 7, 9]);
    expect(spreadOver(list, 3)).toEqual([1, 5, 8]);
  });
});

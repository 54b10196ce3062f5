import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateSeeds } from '../../src/pareto/aggregate-seeds.js';

interface Repeat {
  readonly cell: string;
  readonly loss: number | null;
}

const aggregate = (repeats: readonly Repeat[]) =>
  aggregateSeeds(repeats, ({ cell }) => cell, { loss: ({ loss }) => loss });

const ofOneCell = (losses: readonly (number | null)[]) =>
  aggregate(losses.map((loss) => ({ cell: 'a', loss })))[0]?.statistics.loss;

describe('Seeds of a cell', () => {
  it('are grouped in order of first appearance', () => {
    const groups = aggregate([
      { cell: 'b', loss: 1 },
      { cell: 'a', loss: 2 },
      { cell: 'b', loss: 3 },
    ]);
    expect(groups.map(({ group, trials }) => [group, trials.length])).toEqual([
      ['b', 2],
      ['a', 1],
    ]);
  });

  it('have the mean and the sample standard deviation of the textbook', () => {
    expect(ofOneCell([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, sd: Math.sqrt(32 / 7), n: 8 });
  });

  it('have no spread when there is one of them', () => {
    expect(ofOneCell([3])).toEqual({ mean: 3, sd: null, n: 1 });
  });

  it('that agree have exactly their value as mean and no spread at all', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e100, max: 1e100 }), fc.integer({ min: 2, max: 9 }), (loss, n) => {
        const { mean, sd } = ofOneCell(Array.from({ length: n }, () => loss)) ?? { mean: NaN, sd: NaN };
        expect(mean).toBeCloseTo(loss, 300);
        expect(sd).toBe(0);
      }),
    );
  });

  it('keep a small spread beside a large mean', () => {
    expect(ofOneCell([1e9 + 1, 1e9 + 2, 1e9 + 3])).toEqual({ mean: 1e9 + 2, sd: 1, n: 3 });
  });

  it('with one that diverged have no finite mean', () => {
    expect(ofOneCell([1, NaN, 2])?.mean).toBeNaN();
    expect(ofOneCell([1, Infinity])?.mean).toBe(Infinity);
  });

  it('have no statistics of what was not measured', () => {
    expect(ofOneCell([null, null])).toBeNull();
    expect(ofOneCell([1, null])).toBeNull();
  });
});

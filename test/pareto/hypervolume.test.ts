import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hypervolume2d, type CostPair } from '../../src/pareto/hypervolume.js';

const grid = fc.integer({ min: 0, max: 9 });
const points = fc.array(fc.tuple(grid, grid), { maxLength: 20 });
const reference: CostPair = [8, 8];

describe('The hypervolume in two dimensions', () => {
  it('of one point is its rectangle up to the reference', () => {
    expect(hypervolume2d([[2, 3]], [10, 10])).toBe(56);
  });

  it('counts overlaps once and dominated points not at all', () => {
    expect(
      hypervolume2d(
        [
          [1, 3],
          [2, 2],
          [3, 1],
          [3, 3],
        ],
        [4, 4],
      ),
    ).toBe(6);
  });

  it('leaves out points beyond the reference and points that are not finite', () => {
    const outside: CostPair[] = [
      [5, 0],
      [0, 4],
      [NaN, 1],
      [-Infinity, 1],
    ];
    expect(hypervolume2d(outside, [4, 4])).toBe(0);
  });

  it('needs a finite reference', () => {
    expect(() => hypervolume2d([], [Infinity, 1])).toThrow(RangeError);
  });

  it('equals the number of unit cells that some point dominates', () => {
    fc.assert(
      fc.property(points, (given) => {
        let cells = 0;
        for (let x = 0; x < reference[0]; x += 1) {
          for (let y = 0; y < reference[1]; y += 1) cells += given.some(([px, py]) => px <= x && py <= y) ? 1 : 0;
        }
        expect(hypervolume2d(given, reference)).toBe(cells);
      }),
    );
  });
});

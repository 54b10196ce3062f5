import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Domain, Space } from '../../src/samplers/domain.js';
import { gridPoints, gridSize } from '../../src/samplers/grid.js';
import { randomPoint } from '../../src/samplers/random-points.js';

const values = (...listed: (number | string)[]): Domain => ({ kind: 'values', values: listed });
const range = (min: number, max: number, options: { logarithmic?: boolean; step?: number } = {}): Domain => {
  return { kind: 'range', min, max, logarithmic: options.logarithmic ?? false, step: options.step ?? null };
};
const draws = (domain: Domain, count = 200): number[] => {
  return Array.from({ length: count }, (_, index) => Number(randomPoint(new Map([['a', domain]]), 3, index).a));
};

describe('A grid', () => {
  it('has every combination exactly once, the seed slowest and the last parameter fastest', () => {
    const space: Space = new Map([
      ['a', values(1, 2)],
      ['seed', values(0, 1)],
      ['b', { kind: 'integers', min: 5, max: 6 }],
    ]);
    expect(Array.from(gridPoints(space), ({ seed, a, b }) => [seed, a, b].join(''))).toEqual([
      '015',
      '016',
      '025',
      '026',
      '115',
      '116',
      '125',
      '126',
    ]);
  });

  it('has as many different points as its size says', () => {
    const lists = fc.array(fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(lists, (domains) => {
        const space = new Map(domains.map((list, k) => [`p${k}`, values(...list)] as const));
        const points = Array.from(gridPoints(space), (point) => JSON.stringify(point));
        expect(points).toHaveLength(gridSize(space));
        expect(new Set(points).size).toBe(points.length);
      }),
      { numRuns: 100 },
    );
  });

  it('knows the size of a space that is too large to list', () => {
    expect(gridSize(new Map([['a', { kind: 'integers', min: 0, max: 4_000_000_000 }]]))).toBe(4_000_000_001);
  });

  it('takes a value that is listed twice once', () => {
    expect([...gridPoints(new Map([['a', values(1, 1, 2)]]))]).toEqual([{ a: 1 }, { a: 2 }]);
  });
});

describe('Random points', () => {
  it('depend on seed, index and name alone, not on other parameters or their order', () => {
    const a = range(0, 1);
    const alone = randomPoint(new Map([['a', a]]), 7, 5).a;
    const others = new Map([
      ['b', values(1, 2, 3)],
      ['a', a],
    ]);
    expect(randomPoint(others, 7, 5).a).toBe(alone);
    expect(randomPoint(new Map([['a', a]]), 8, 5).a).not.toBe(alone);
    expect(randomPoint(new Map([['a', a]]), 7, 6).a).not.toBe(alone);
    expect(randomPoint(new Map([['c', a]]), 7, 5).c).not.toBe(alone);
  });

  it('stay within their domain and reach all of it', () => {
    expect(new Set(draws({ kind: 'integers', min: -1, max: 2 }))).toEqual(new Set([-1, 0, 1, 2]));
    expect(new Set(draws(values(1, 5, 7)))).toEqual(new Set([1, 5, 7]));
    const uniform = draws(range(2, 4), 1000);
    expect(uniform.every((value) => value >= 2 && value <= 4)).toBe(true);
    expect(uniform.reduce((sum, value) => sum + value) / 1000).toBeCloseTo(3, 1);
  });

  it('are uniform in the logarithm where that is asked for', () => {
    const drawn = draws(range(1e-6, 1e-2, { logarithmic: true }), 1000);
    expect(drawn.filter((value) => value < 1e-4).length / 1000).toBeCloseTo(0.5, 1);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(1e-6);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(1e-2);
  });

  it('are multiples of the step, all of them within the range', () => {
    expect(new Set(draws(range(0.05, 0.3, { step: 0.1 })))).toEqual(new Set([0.1, 0.2, 0.3]));
  });
});

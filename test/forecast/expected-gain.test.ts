import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedGains, type MeasuredSetting } from '../../src/forecast/expected-gain.js';
import { spreadOrder } from '../../src/forecast/spread.js';

/** Two costs that fall and rise with x, as NFE and loss do with the tolerance. */
const line = (x: number, offset = 0): MeasuredSetting => ({
  setting: { x, offset },
  costs: [2 ** x * 10 ** offset, 2 ** -x * 10 ** offset],
});

describe('What a trial is expected to add to the frontier', () => {
  const measured = [line(-2), line(-1), line(1), line(2), line(0, 1), line(1, 1)];

  it('is more in a gap of the frontier than where it has been, and next to nothing where all is dominated', () => {
    const [gap, there, worse] = expectedGains(measured, [
      { x: 0, offset: 0 },
      { x: 1, offset: 0 },
      { x: -1, offset: 1 },
    ]);
    expect(gap).toBeGreaterThan(1.05 * there);
    expect(there).toBeGreaterThan(10 * worse);
  });

  it('is more where costs fall along a parameter than where they rise', () => {
    const slope = [0, 1, 2, 3].map((x): MeasuredSetting => ({ setting: { x }, costs: [3 ** x, 3 ** x] }));
    const [below, above] = expectedGains(slope, [{ x: -1 }, { x: 4 }]);
    expect(below).toBeGreaterThan(20 * above);
  });

  it('is less beside settings that gave no result', () => {
    const failed = [-1, 0, 1].map((x): MeasuredSetting => ({ setting: { x, offset: -1 }, costs: null }));
    const waiting = [{ x: 0.5, offset: -1 }];
    expect(expectedGains([...measured, ...failed], waiting)[0]).toBeLessThan(0.5 * expectedGains(measured, waiting)[0]);
  });

  it('is finite and not negative whatever was measured, for any number of objectives', () => {
    const cost = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    const runs = fc.integer({ min: 1, max: 4 }).chain((count) =>
      fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.array(cost, { minLength: count, maxLength: count })), {
        minLength: 1,
        maxLength: 8,
      }),
    );
    fc.assert(
      fc.property(runs, (settings) => {
        const gains = expectedGains(
          settings.map(([x, costs]) => ({ setting: { x }, costs })),
          [{ x: 0 }, { x: 9 }],
        );
        expect(gains.every((gain) => gain >= 0 && gain <= 1)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('Settings far from each other', () => {
  it('begin with the first, then its opposite corner, and end beside what has been tried', () => {
    const grid = [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => ({ a, b })));
    const order = spreadOrder(grid, []).map((index) => grid[index]);
    expect(order.slice(0, 2)).toEqual([
      { a: 0, b: 0 },
      { a: 2, b: 2 },
    ]);
    expect(order.slice(2, 4)).toEqual([
      { a: 0, b: 2 },
      { a: 2, b: 0 },
    ]);
    expect(spreadOrder(grid, [{ a: 0, b: 0 }]).at(-1)).toBe(0);
  });

  it('hold every setting once', () => {
    const settings = fc.array(fc.record({ a: fc.integer({ min: 0, max: 3 }), b: fc.constantFrom('x', 'y', true) }));
    fc.assert(
      fc.property(settings, settings, (waiting, done) => {
        expect([...spreadOrder(waiting, done)].sort((a, b) => a - b)).toEqual([...waiting.keys()]);
      }),
    );
  });
});

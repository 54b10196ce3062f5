import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random/create-random.js';
import { philox } from '../../src/random/philox.js';

const key = { sweepSeed: 0, trialSeed: 0 };

describe('Philox-4x32-10', () => {
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('gives the known answer of Random123 for counter %j', (counter, [k0, k1], expected) => {
    const output = new Uint32Array(4);
    philox(Uint32Array.from(counter), k0, k1, output);
    expect([...output].map((word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(expected);
  });
});

describe('A random stream', () => {
  it('is a pure function of seeds and purpose, whatever other streams drew', () => {
    const first = createRandom(key, 'weights');
    const other = createRandom(key, 'batches');
    const again = createRandom(key, 'weights');
    const drawn = Array.from({ length: 20 }, () => [other.uniform(), first.uniform()][1]);
    expect(Array.from({ length: 20 }, () => again.uniform())).toEqual(drawn);
  });

  it('changes with each of sweep seed, trial seed and purpose', () => {
    const streams = [
      createRandom(key, 'a'),
      createRandom({ ...key, sweepSeed: 1 }, 'a'),
      createRandom({ ...key, sweepSeed: 2 ** 32 }, 'a'),
      createRandom({ ...key, trialSeed: 1 }, 'a'),
      createRandom(key, 'b'),
      createRandom(key, 'a\0'),
    ];
    expect(new Set(streams.map((stream) => stream.uniform())).size).toBe(streams.length);
  });

  it('keeps its bits from version to version', () => {
    const stream = createRandom({ sweepSeed: 7, trialSeed: 3 }, 'pinned');
    expect([stream.uniform(), stream.normal(), stream.integer(1000), ...stream.permutation(5)]).toMatchInlineSnapshot(`
      [
        0.6982596675585921,
        0.11632734640410755,
        122,
        4,
        3,
        1,
        2,
        0,
      ]
    `);
  });

  it('draws uniforms with flat cells and the right moments', () => {
    const stream = createRandom(key, 'uniform');
    const cells = new Float64Array(64);
    const n = 200_000;
    let square = 0;
    for (let k = 0; k < n; k += 1) {
      const u = stream.uniform();
      cells[Math.floor(u * 64)] += 1;
      square += u * u;
    }
    const chiSquare = cells.reduce((sum, count) => sum + (count - n / 64) ** 2 / (n / 64), 0);
    // 63 degrees of freedom: 99.9 % lie below 103.4.
    expect(chiSquare).toBeLessThan(103.4);
    expect(square / n).toBeCloseTo(1 / 3, 2);
  });

  it('draws normals with the right moments and tails', () => {
    const stream = createRandom(key, 'normal');
    const n = 200_000;
    const draws = Array.from({ length: n }, () => stream.normal());
    const moment = (p: number) => draws.reduce((sum, x) => sum + x ** p, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    const tail = draws.filter((x) => Math.abs(x) > 3).length / n;
    expect(Math.abs(tail - 0.0027)).toBeLessThan(4 * Math.sqrt(0.0027 / n));
  });

  it('draws each integer below a bound alike', () => {
    const stream = createRandom(key, 'integer');
    const counts = new Float64Array(7);
    for (let k = 0; k < 70_000; k += 1) counts[stream.integer(7)] += 1;
    // 6 degrees of freedom: 99.9 % lie below 22.5.
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(22.5);
  });

  it('permutes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 1000 }), (count, trialSeed) => {
        const order = createRandom({ ...key, trialSeed }, 'order').permutation(count);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, k) => k));
      }),
    );
  });

  it.each([-1, 0.5, NaN, 2 ** 53])('refuses the sweep seed %d', (sweepSeed) => {
    expect(() => createRandom({ sweepSeed, trialSeed: 0 }, 'x')).toThrow('sweep seed');
  });

  it.each([0, -1, 1.5, 2 ** 32 + 1])('refuses the bound %d', (bound) => {
    expect(() => createRandom(key, 'x').integer(bound)).toThrow('bound');
  });
});

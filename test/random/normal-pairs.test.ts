import { describe, expect, it } from 'vitest';
import { normalPairs } from '../../src/random/normal-pairs.js';
import { philox } from '../../src/random/philox.js';

const key = Uint32Array.of(17, 4);
const COUNT = 400_000;
/** √n · D of Kolmogorov and Smirnov exceeds this once in a thousand. */
const KS_LIMIT = 1.95;

function draw(node: number, block: number): Float64Array {
  const pairs = new Float64Array(4);
  normalPairs(pairs, Uint32Array.of(node, 3, block, 9), key, new Uint32Array(4));
  return pairs;
}

/** Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …). */
function normalDistribution(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-17; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

describe('The two pairs of normals of one counter', () => {
  const drawn = Array.from({ length: COUNT }, (_, node) => draw(node, 1));
  const columns = [0, 1, 2, 3].map((n) => Float64Array.from(drawn, (pairs) => pairs[n]));

  it('are normal in all four numbers: distribution, tails and signs', () => {
    for (const values of columns) {
      let worst = 0;
      values.toSorted().forEach((x, i) => {
        const p = normalDistribution(x);
        worst = Math.max(worst, p - i / COUNT, (i + 1) / COUNT - p);
      });
      expect(worst * Math.sqrt(COUNT)).toBeLessThan(KS_LIMIT);
      for (const [from, to] of [
        [3, 4],
        [4, Infinity],
      ]) {
        const inside = values.filter((x) => Math.abs(x) > from && Math.abs(x) <= to).length;
        const share = 2 * (normalDistribution(Math.min(to, 8)) - normalDistribution(from));
        expect(Math.abs(inside - COUNT * share)).toBeLessThan(4 * Math.sqrt(COUNT * share));
      }
      const positive = values.filter((x) => x > 0).length;
      expect(Math.abs(positive - COUNT / 2)).toBeLessThan(4 * Math.sqrt(COUNT / 4));
    }
  });

  it('are uncorrelated, in values and in squares, within a pair and between the two', () => {
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
      [2, 3],
    ]) {
      const product = (f: (x: number) => number) =>
        drawn.reduce((sum, pairs) => sum + f(pairs[a]) * f(pairs[b]), 0) / COUNT;
      expect(Math.abs(product((x) => x)) * Math.sqrt(COUNT)).toBeLessThan(4);
      expect((Math.abs(product((x) => x * x - 1)) * Math.sqrt(COUNT)) / 2).toBeLessThan(4);
    }
  });

  it('are the transform of Box and Muller of the words, to a few units of the seventh digit', () => {
    const block = new Uint32Array(4);
    let worst = 0;
    drawn.forEach((pairs, node) => {
      philox(block, Uint32Array.of(node, 3, 1, 9), key);
      for (const place of [0, 2]) {
        const size = Math.sqrt(-2 * Math.log(((block[place] >>> 1) + 0.5) / 2 ** 31));
        const angle = (2 * Math.PI * (block[place + 1] | 0)) / 2 ** 32;
        const [x, y] = [size * Math.cos(angle), size * Math.sin(angle)];
        worst = Math.max(worst, Math.abs(pairs[place] - x) / size, Math.abs(pairs[place + 1] - y) / size);
      }
    });
    expect(worst).toBeLessThan(3e-7);
  });

  it('depend on the counter alone, which they leave as it was', () => {
    const counter = Uint32Array.of(0, 7, 2, 3);
    const [once, again] = [new Float64Array(4), new Float64Array(4)];
    const block = new Uint32Array(4);
    for (let node = 0; node < 1000; node += 1) {
      counter[0] = node;
      normalPairs(once, counter, key, block);
      expect([...counter]).toEqual([node, 7, 2, 3]);
      normalPairs(again, counter, key, block);
      expect(again).toEqual(once);
    }
  });

  it('differ between nodes and blocks', () => {
    const seen = new Set([0, 1, 2].flatMap((node) => [0, 1, 2].flatMap((block) => [...draw(node, block)])));
    expect(seen.size).toBe(36);
  });
});

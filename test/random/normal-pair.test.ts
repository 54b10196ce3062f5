import { describe, expect, it } from 'vitest';
import { normalPair, WORD_1_LIMIT } from '../../src/random/normal-pair.js';

const key = Uint32Array.of(17, 4);
const COUNT = 400_000;
/** √n · D of Kolmogorov and Smirnov exceeds this once in a thousand. */
const KS_LIMIT = 1.95;

function draw(node: number, entry: number): Float64Array {
  const pair = new Float64Array(2);
  normalPair(pair, Uint32Array.of(node, 3, entry, 9), key, new Uint32Array(4));
  return pair;
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

describe('A pair of normals of one counter', () => {
  const pairs = Array.from({ length: COUNT }, (_, node) => draw(node, 1));
  const columns = [0, 1].map((n) => Float64Array.from(pairs, (pair) => pair[n]));

  it('is normal in both numbers: distribution, tail beyond the last layer, and signs', () => {
    for (const values of columns) {
      let worst = 0;
      values.toSorted().forEach((x, i) => {
        const p = normalDistribution(x);
        worst = Math.max(worst, p - i / COUNT, (i + 1) / COUNT - p);
      });
      expect(worst * Math.sqrt(COUNT)).toBeLessThan(KS_LIMIT);
      // The ziggurat ends at 3.654; what lies beyond comes from a rule of its own.
      for (const [from, to] of [
        [3.6541528853610088, 4],
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

  it('is uncorrelated, in values and in squares', () => {
    const product = (f: (x: number) => number) => pairs.reduce((sum, [x, y]) => sum + f(x) * f(y), 0) / COUNT;
    expect(Math.abs(product((x) => x)) * Math.sqrt(COUNT)).toBeLessThan(4);
    expect((Math.abs(product((x) => x * x - 1)) * Math.sqrt(COUNT)) / 2).toBeLessThan(4);
  });

  it('depends on the counter alone, which it leaves as it was', () => {
    const counter = Uint32Array.of(0, WORD_1_LIMIT - 1, 2, 3);
    const [once, again] = [new Float64Array(2), new Float64Array(2)];
    const block = new Uint32Array(4);
    for (let node = 0; node < 1000; node += 1) {
      counter[0] = node;
      normalPair(once, counter, key, block);
      expect([...counter]).toEqual([node, WORD_1_LIMIT - 1, 2, 3]);
      normalPair(again, counter, key, block);
      expect(again).toEqual(once);
    }
  });

  it('differs between nodes and entries', () => {
    const seen = new Set([0, 1, 2].flatMap((node) => [0, 1, 2].flatMap((entry) => [...draw(node, entry)])));
    expect(seen.size).toBe(18);
  });
});

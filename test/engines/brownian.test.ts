/** Brownian trees on the arithmetic of an engine: the bits of the host's, and its memory given back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernelsEngine } from '../../src/engines/kernels/engine.js';
import { BrownianTree, type BrownianTreeOptions } from '../../src/random/brownian-tree.js';
import { HostBrownian } from '../../src/random/host-brownian.js';
import { engines } from './fixtures.js';

const queries = fc.array(
  fc.tuple(
    fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 64 }).map((k) => k / 64),
    ),
    fc.double({ min: 1e-9, max: 1, noNaN: true }),
  ),
  { minLength: 1, maxLength: 6 },
);

function increment(tree: BrownianTree, s: number, t: number): readonly Float64Array[] {
  const [w, h] = [new Float64Array(tree.entries), new Float64Array(tree.entries)];
  tree.increment(s, t, w, h);
  return [w, h];
}

describe.each(engines)('A Brownian tree on $label', ({ create }) => {
  it('has the bits of a tree on the host, whatever entries, depth, interval and queries', async () => {
    const { brownian } = await create();
    const trees = fc.record({
      entries: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(200, 1000)),
      depth: fc.constantFrom(1, 3, 30, 48),
      t0: fc.constantFrom(0, -3.5, 100),
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      span: fc.constantFrom(1, 0.3, 1000),
    });
    fc.assert(
      fc.property(trees, queries, ({ entries, depth, t0, seed, span }, list) => {
        const key = { sweepSeed: seed, trialSeed: seed };
        const options: BrownianTreeOptions = { key, purpose: 'bits', t0, t1: t0 + span, entries, depth };
        const [host, own] = [new BrownianTree(options), new BrownianTree({ ...options, arithmetic: brownian })];
        for (const [from, share] of list) {
          const s = t0 + span * from;
          const t = Math.min(t0 + span, s + span * share);
          if (!(t - s > 1e-10 * span)) continue;
          expect(increment(own, s, t)).toEqual(increment(host, s, t));
        }
        own.dispose();
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it('draws the same normals for a million entries', async () => {
    const { brownian } = await create();
    const options = { key: { sweepSeed: 1, trialSeed: 2 }, purpose: 'many', t0: 0, t1: 1, entries: 500_000 };
    const [host, own] = [new BrownianTree(options), new BrownianTree({ ...options, arithmetic: brownian })];
    const [expected, got] = [increment(host, 0.5, 1), increment(own, 0.5, 1)];
    for (const n of [0, 1]) expect(Buffer.compare(Buffer.from(got[n].buffer), Buffer.from(expected[n].buffer))).toBe(0);
    own.dispose();
  });
});

describe('The arithmetic of the kernels', () => {
  it('takes back the rows of disposed trees, and takes no more for replanted ones', async () => {
    const engine = await createKernelsEngine({ dtype: 'f32' });
    const key = { sweepSeed: 1, trialSeed: 1 };
    const plant = () =>
      new BrownianTree({ key, purpose: 'memory', t0: 0, t1: 1, entries: 4096, arithmetic: engine.brownian });
    const use = (tree: BrownianTree) => {
      for (let n = 0; n < 32; n += 1) increment(tree, n / 32, (n + 1) / 32);
    };
    const first = plant();
    use(first);
    const bytes = engine.memoryBytes;
    // Root, sum, and 64 bytes an entry for each of 5 levels.
    expect(bytes).toBeLessThan(2 ** 20 + (2 * 16 + 2 * 5 * 32) * 4096 * 1.5);
    for (let iteration = 0; iteration < 50; iteration += 1) {
      first.replant(`iteration ${iteration}`);
      use(first);
    }
    expect(engine.memoryBytes).toBe(bytes);
    first.dispose();
    for (let iteration = 0; iteration < 50; iteration += 1) {
      const tree = plant();
      use(tree);
      tree.dispose();
    }
    expect(engine.memoryBytes).toBe(bytes);
  });

  it('refuses rows that were freed or that another arithmetic has', async () => {
    const { brownian } = await createKernelsEngine({ dtype: 'f64' });
    const [rows, freed] = [brownian.allocate(3), brownian.allocate(3)];
    brownian.free(freed);
    const host = new HostBrownian();
    const node = { key0: 1, key1: 2, stream: 3, number: 4 };
    expect(() => brownian.free(freed)).toThrow('freed');
    expect(() => brownian.root(node, 1, 1, freed)).toThrow('freed');
    expect(() => brownian.split(node, 1, rows, host.allocate(3), rows)).toThrow('another arithmetic');
    expect(() => host.root(node, 1, 1, rows)).toThrow('another arithmetic');
    expect(() => brownian.read(rows, new Float64Array(3), new Float64Array(2))).toThrow('3 values, got 2');
  });
});

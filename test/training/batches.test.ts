/** Splitting orders into batches and gathering their rows. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gatherBatch, naturalOrder, splitIntoBatches } from '../../src/training/batches.js';
import { smallClassifier, smallSpiral, stream } from './experiments.js';

test('the batches of a permutation hold every example once, all of full size but a smaller last one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 64 }), (count, batchSize) => {
      const batches = [...splitIntoBatches(stream('batches').permutation(count), batchSize)];
      const all = batches.flatMap((batch) => [...batch]);
      expect(all.sort((a, b) => a - b)).toEqual([...naturalOrder(count)]);
      expect(batches).toHaveLength(Math.ceil(count / batchSize));
      for (const batch of batches.slice(0, -1)) expect(batch).toHaveLength(batchSize);
      expect(batches.at(-1)).toHaveLength(count % batchSize === 0 ? batchSize : count % batchSize);
    }),
  );
});

test('each epoch draws another order from the same stream', () => {
  const shuffle = stream('batches');
  expect(shuffle.permutation(50)).not.toEqual(shuffle.permutation(50));
});

test('a batch of pictures has scaled inputs and its own labels, in the order of the indices', () => {
  const { train } = smallClassifier();
  const batch = gatherBatch(train, Uint32Array.of(7, 0, 39));
  expect(batch.rows).toBe(3);
  [7, 0, 39].forEach((index, row) => {
    const expected = Array.from(train.inputs.subarray(12 * index, 12 * index + 12), (byte) => byte * (1 / 255));
    expect([...batch.inputs.subarray(12 * row, 12 * row + 12)]).toEqual(expected);
    if (batch.targets.kind !== 'classes' || train.targets.kind !== 'classes') throw new Error('These are classes.');
    expect(batch.targets.labels[row]).toBe(train.targets.labels[index]);
  });
});

test('a batch of trajectories has one matrix of targets for each time, whose first is the start', async () => {
  const { train } = await smallSpiral();
  const batch = gatherBatch(train, Uint32Array.of(19, 4));
  if (batch.targets.kind !== 'trajectories') throw new Error('These are trajectories.');
  expect(batch.targets.values).toHaveLength(8);
  expect(batch.targets.values[0]).toEqual(batch.inputs);
  for (const values of batch.targets.values) expect(values).toHaveLength(4);
});

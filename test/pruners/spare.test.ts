import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSpared } from '../../src/pruners/spare.js';

const hashes = Array.from({ length: 2000 }, (_, k) => createHash('sha256').update(String(k)).digest('hex'));
const spared = (share: number, seed = 7) => hashes.filter((hash) => isSpared(share, seed, hash));

describe('Spared trials', () => {
  it('are about the share asked for; a larger share spares the same and more', () => {
    const tenth = spared(0.1);
    expect(tenth.length / hashes.length).toBeCloseTo(0.1, 1);
    expect(spared(0.3)).toEqual(expect.arrayContaining(tenth));
    expect(spared(0)).toEqual([]);
    expect(spared(1)).toEqual(hashes);
  });

  it('follow from the seed of the sweep and the cell alone', () => {
    expect(spared(0.1)).toEqual(spared(0.1));
    expect(spared(0.1, 8)).not.toEqual(spared(0.1));
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamIdentity } from '../../src/random/stream-identity.js';

const LARGEST_SWEEP_SEED = 2 ** 53 - 1;
const LARGEST_TRIAL_SEED = 2 ** 32 - 1;

const anyKey = fc.record({
  sweepSeed: fc.maxSafeNat(),
  trialSeed: fc.integer({ min: 0, max: LARGEST_TRIAL_SEED }),
});
/** Well-formed text of any length and script. */
const anyPurpose = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });

function differingBits(a: Uint32Array, b: Uint32Array): number {
  let count = 0;
  a.forEach((word, i) => {
    for (let rest = word ^ b[i]; rest !== 0; rest &= rest - 1) count += 1;
  });
  return count;
}

describe('streamIdentity', () => {
  it('keeps the words that stored results depend on', () => {
    expect([...streamIdentity({ sweepSeed: 0, trialSeed: 0 }, 'weights')]).toEqual([
      2010332397, 1498222040, 1476981062, 2146633837,
    ]);
    const largest = { sweepSeed: LARGEST_SWEEP_SEED, trialSeed: LARGEST_TRIAL_SEED };
    expect([...streamIdentity(largest, 'Gewöhnung 🎲')]).toEqual([71403348, 2259084318, 2857773835, 1531073771]);
  });

  it('gives the same words for the same key and purpose', () => {
    fc.assert(
      fc.property(anyKey, anyPurpose, (key, purpose) => {
        expect(streamIdentity({ ...key }, purpose)).toEqual(streamIdentity(key, purpose));
      }),
      { seed: 1 },
    );
  });

  it('differs in about half of its 128 bits when any one bit of a seed changes', () => {
    const base = streamIdentity({ sweepSeed: 0, trialSeed: 0 }, 'weights');
    const changed = [
      ...Array.from({ length: 53 }, (_, bit) => streamIdentity({ sweepSeed: 2 ** bit, trialSeed: 0 }, 'weights')),
      ...Array.from({ length: 32 }, (_, bit) => streamIdentity({ sweepSeed: 0, trialSeed: 2 ** bit }, 'weights')),
    ];
    const distances = changed.map((identity) => differingBits(base, identity));
    // 64 ± 5.66 bits: five standard deviations either way for one, for the mean of 85 about 0.6 · 5.
    for (const distance of distances) expect(Math.abs(distance - 64)).toBeLessThan(29);
    expect(Math.abs(distances.reduce((sum, d) => sum + d, 0) / distances.length - 64)).toBeLessThan(3.1);
  });

  it('has no collision among 60 000 neighbouring seeds and purposes, even in its first two words', () => {
    const seen = new Set<string>();
    for (let sweepSeed = 0; sweepSeed < 100; sweepSeed += 1) {
      for (let trialSeed = 0; trialSeed < 100; trialSeed += 1) {
        for (const purpose of ['weights', 'weights ', 'weights\0', 'data', 'batches', 'a']) {
          const identity = streamIdentity({ sweepSeed, trialSeed }, purpose);
          seen.add(`${identity[0]},${identity[1]}`);
        }
      }
    }
    expect(seen.size).toBe(60_000);
  });

  it('tells purposes apart that differ in trailing zero characters or in length alone', () => {
    const key = { sweepSeed: 1, trialSeed: 1 };
    const purposes = Array.from({ length: 20 }, (_, i) => 'a' + '\0'.repeat(i));
    expect(new Set(purposes.map((purpose) => streamIdentity(key, purpose).join())).size).toBe(20);
  });

  it.each([-1, 0.5, 2 ** 53, NaN, Infinity])('refuses the sweep seed %d', (sweepSeed) => {
    expect(() => streamIdentity({ sweepSeed, trialSeed: 0 }, 'weights')).toThrow(/sweep seed .*2\^53/);
  });

  it.each([-1, 0.5, 2 ** 32, NaN, Infinity])('refuses the trial seed %d', (trialSeed) => {
    expect(() => streamIdentity({ sweepSeed: 0, trialSeed }, 'weights')).toThrow(/trial seed .*2\^32/);
  });

  it.each(['', '\ud800', 'a\udc00b'])('refuses a purpose that is empty or holds half a character: %j', (purpose) => {
    expect(() => streamIdentity({ sweepSeed: 0, trialSeed: 0 }, purpose)).toThrow(/purpose .*well-formed/);
  });
});

/** What the regularisers are for: descending on one of them alone makes a field cheaper to solve. */
import { describe, expect, it } from 'vitest';
import { descendOnError, descendOnStiffness, seeds, settled, train, trainedSeeds } from './descents.js';

describe('Descending on R_E alone', () => {
  it.each(['paper_text', 'paper_code'] as const)(
    'lowers the NFE of small nets, on the whole to half (%s)',
    async (preset) => {
      let [before, after] = [0, 0];
      for (const seed of seeds) {
        const points = await descendOnError(preset, seed);
        const [first, last] = [points[0], points[points.length - 1]];
        expect(last.nfe).toBeLessThan(0.85 * first.nfe);
        before += first.nfe;
        after += last.nfe;
      }
      expect(after).toBeLessThan(0.5 * before);
    },
  );
});

describe('Descending on R_S alone', () => {
  it.each(['paper_text', 'paper_code'] as const)('halves the NFE of a stiff field, and R_S (%s)', async (preset) => {
    const points = await descendOnStiffness(preset);
    const [first, last] = [points[0], points[points.length - 1]];
    expect(last.nfe).toBeLessThan(0.6 * first.nfe);
    expect(last.value).toBeLessThan(0.5 * first.value);
  });
});

describe('Training so hard on one regulariser that the data do not count', () => {
  const differentiated = { local_weight: 1e9, local_first_stage: 'differentiated' };
  it.each([
    ['R_2', 0.65, { taylor_weight: 1e9 }],
    ['R_3', 0.65, { taylor_weight: 1e9, taylor_order: 3 }],
    ['the unbiased local step', 0.75, differentiated],
    ['the biased local step', 0.85, { ...differentiated, local_sampling: 'biased' }],
  ])('lowers the NFE of predictions: %s to %d of what it was', async (_, share, given) => {
    let [before, after] = [0, 0];
    for (const seed of trainedSeeds) {
      const nfe = await train(given, seed);
      before += nfe[0];
      after += settled(nfe);
    }
    expect(after).toBeLessThan(share * before);
  });
});

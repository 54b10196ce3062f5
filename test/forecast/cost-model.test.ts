import { describe, expect, it } from 'vitest';
import { fitCostModel } from '../../src/forecast/cost-model.js';
import { estimateDuration } from '../../src/forecast/duration-estimate.js';
import type { Setting } from '../../src/forecast/features.js';
import { createRandom } from '../../src/random/create-random.js';

/** Seconds of a made-up trial: a power of the tolerance, twice for the other solver, proportional to epochs. */
const cost = ({ rtol, solver, epochs }: Setting): number =>
  0.02 * Number(epochs) * Number(rtol) ** -0.2 * (solver === 'dopri8' ? 2 : 1);

const grid: Setting[] = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6].flatMap((rtol) =>
  ['tsit5', 'dopri8'].flatMap((solver) => [10, 100].map((epochs) => ({ rtol, solver, epochs, seed: 0, dtype: 'f32' }))),
);

describe('The cost of a trial', () => {
  it('is learned from a third of a grid well enough to plan the rest: each within a quarter', () => {
    const samples = grid.filter((_, index) => index % 3 === 0).map((setting) => ({ setting, seconds: cost(setting) }));
    const model = fitCostModel(samples, grid);
    for (const setting of grid) {
      const { seconds } = model.forecast(setting);
      expect(seconds / cost(setting), JSON.stringify(setting)).toBeGreaterThan(0.8);
      expect(seconds / cost(setting), JSON.stringify(setting)).toBeLessThan(1.25);
    }
  });

  it('is proportional to the epochs before anything was learned of them', () => {
    const setting = { rtol: 1e-3, epochs: 10 };
    const model = fitCostModel([{ setting, seconds: 5 }], [setting]);
    expect(model.forecast(setting).seconds).toBeCloseTo(5, 6);
    expect(model.forecast({ ...setting, epochs: 40 }).seconds).toBeCloseTo(20, 6);
  });

  it('is told with doubt where nothing like it has run', () => {
    const setting = (rtol: number): Setting => ({ rtol, epochs: 10 });
    const samples = [1e-2, 1e-3].map((rtol) => ({ setting: setting(rtol), seconds: 1 }));
    const model = fitCostModel(samples, [setting(1e-8)]);
    expect(model.forecast(setting(1e-8)).uncertainty).toBeGreaterThan(5 * model.forecast(setting(1e-3)).uncertainty);
  });

  it('gives a range that four of five sweeps end in', () => {
    const random = createRandom({ sweepSeed: 1, trialSeed: 0 }, 'noisy costs');
    let inside = 0;
    const sweeps = 200;
    for (let sweep = 0; sweep < sweeps; sweep += 1) {
      const noisy = grid.map((setting) => ({ setting, seconds: cost(setting) * Math.exp(0.3 * random.normal()) }));
      const [ended, queued] = [
        noisy.filter((_, index) => index % 2 === 0),
        noisy.filter((_, index) => index % 2 === 1),
      ];
      const model = fitCostModel(ended, grid);
      const mean = model.forecastMean(queued.map(({ setting }) => setting));
      const { low, high } = estimateDuration(queued.length, mean, [], 1);
      const truth = queued.reduce((sum, { seconds }) => sum + seconds, 0);
      if (low <= truth && truth <= high) inside += 1;
    }
    expect(inside / sweeps).toBeGreaterThan(0.65);
    expect(inside / sweeps).toBeLessThan(0.97);
  });
});

describe('The duration of a list of trials', () => {
  const mean = { seconds: 10, uncertainty: 0.1, variance: 4, longest: 10 };

  it('is the work shared by the workers, but at least the longest rest and the longest trial', () => {
    expect(estimateDuration(8, mean, [], 2).seconds).toBe(40);
    expect(estimateDuration(0, mean, [30, 1], 2)).toEqual({ seconds: 30, low: 30, high: 30 });
    expect(estimateDuration(1, mean, [], 8).seconds).toBe(10);
  });

  it('is surer, relatively, of many trials than of one', () => {
    const one = estimateDuration(1, mean, [], 1);
    const many = estimateDuration(100, mean, [], 1);
    expect(many.high / many.low).toBeLessThan(one.high / one.low);
  });
});

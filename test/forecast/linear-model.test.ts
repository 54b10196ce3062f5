import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitLinearModel } from '../../src/forecast/linear-model.js';

const prior = { center: 2, spread: 1, noise: 0.1, noiseSamples: 4 };
const vectors = (...rows: number[][]): Float64Array[] => rows.map((row) => Float64Array.from(row));

describe('A linear model', () => {
  it('predicts the prior where there is no sample', () => {
    const { mean, uncertainty, noise } = fitLinearModel([], [], prior).predict(new Float64Array(0));
    expect(mean).toBe(2);
    expect(uncertainty).toBeCloseTo(1, 12);
    expect(noise).toBeCloseTo(0.1, 12);
  });

  it('finds the slopes of noiseless data', () => {
    const features = vectors([-1, 1], [1, 1], [-1, -1], [1, -1], [0, 0], [0.5, 0]);
    const value = ([a, b]: Float64Array): number => 1.5 + 0.7 * a - 0.4 * b;
    const model = fitLinearModel(features, features.map(value), prior);
    for (const vector of vectors([0.3, 0.9], [-0.8, 0.2])) {
      expect(model.predict(vector).mean).toBeCloseTo(value(vector), 1);
      expect(Math.abs(model.predict(vector).mean - value(vector))).toBeLessThan(0.02);
    }
  });

  it('agrees with the closed form of one feature-less mean: shrunk by 1/(n + noise²/spread²)', () => {
    const values = [2.4, 2.6, 2.5];
    const { mean } = fitLinearModel(
      values.map(() => new Float64Array(0)),
      values,
      prior,
    ).predict(new Float64Array(0));
    expect(mean).toBeCloseTo(2 + 1.5 / (3 + 0.01), 12);
  });

  it('is surer with every sample, and surest where the samples are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: 1, max: 3, noNaN: true })), {
          minLength: 2,
          maxLength: 20,
        }),
        (samples) => {
          const features = samples.map(([x]) => Float64Array.of(x));
          // Relative to the noise: that one grows where a sample surprises.
          const leverage = (n: number): number => {
            const { uncertainty, noise } = fitLinearModel(
              features.slice(0, n),
              samples.slice(0, n).map(([, y]) => y),
              prior,
            ).predict(Float64Array.of(0.3));
            return uncertainty / noise;
          };
          expect(leverage(samples.length)).toBeLessThanOrEqual(leverage(samples.length - 1) * (1 + 1e-9));
        },
      ),
    );
  });
});

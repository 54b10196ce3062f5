import { describe, expect, it } from 'vitest';
import { createController, controllerNames } from '../../src/ode/controllers/index.js';

const orders = [3, 5];

describe('The integral controller', () => {
  it.each(orders)(
    'follows 0.9·E^(−1/k), clamped to [1, 10] after success and [0.2, 0.9] after failure (k = %d)',
    (k) => {
      for (const error of [1e-12, 1e-3, 0.1, 0.5, 0.99, 1, 1 + Number.EPSILON, 2, 10, 1e6]) {
        const raw = 0.9 * error ** (-1 / k);
        const expected = error < 1 ? Math.min(10, Math.max(1, raw)) : Math.min(0.9, Math.max(0.2, raw));
        expect(createController('integral', k).nextFactor(error)).toBeCloseTo(expected, 12);
        expect(createController('integral', k).accepts(error)).toBe(error < 1);
      }
    },
  );
});

describe('The PI controller', () => {
  it.each(orders)('follows E^β1 / E_previous^β2 over a sequence of errors, rejections included (k = %d)', (k) => {
    const [beta1, beta2] = [7 / (10 * k), 2 / (5 * k)];
    const controller = createController('pi', k);
    let previous = 1e-4;
    for (const error of [0.5, 0.02, 3, 0.9, 1e-7, 1, 200, 1e-12, 0.3, 1 + Number.EPSILON, 0.7]) {
      const accepted = error <= 1;
      expect(controller.accepts(error)).toBe(accepted);
      const quotient = accepted ? error ** beta1 / previous ** beta2 / 0.9 : error ** beta1 / 0.9;
      const expected = accepted ? 1 / Math.min(5, Math.max(1 / 10, quotient)) : 1 / Math.min(5, quotient);
      expect(controller.nextFactor(error)).toBeCloseTo(expected, 12);
      if (accepted) previous = Math.max(error, 1e-4);
    }
  });
});

describe.each(controllerNames)('Either controller (%s)', (name) => {
  it('grows the most after an error of 0 and shrinks the most after one that is not finite', () => {
    expect(createController(name, 5).nextFactor(0)).toBe(10);
    for (const error of [NaN, Infinity]) {
      const controller = createController(name, 5);
      expect(controller.accepts(error)).toBe(false);
      expect(controller.nextFactor(error)).toBe(0.2);
    }
  });

  it('has no memory of another solve', () => {
    const used = createController(name, 5);
    used.nextFactor(0.9);
    expect(createController(name, 5).nextFactor(0.5)).toBe(createController(name, 5).nextFactor(0.5));
  });
});

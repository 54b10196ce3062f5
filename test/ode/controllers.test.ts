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

describe('The scipy controller', () => {
  it('may shrink after success, and does not grow right after a rejection', () => {
    const controller = createController('scipy', 5);
    expect(controller.nextFactor(0.99)).toBeCloseTo(0.9 * 0.99 ** -0.2, 12);
    expect(controller.nextFactor(1)).toBeCloseTo(0.9, 12);
    expect(controller.nextFactor(1e-9)).toBe(1);
    expect(controller.nextFactor(1e-9)).toBe(10);
    expect(controller.nextFactor(1e9)).toBe(0.2);
    expect(controller.nextFactor(0)).toBe(1);
    expect(controller.nextFactor(0)).toBe(10);
    expect([controller.accepts(1), controller.accepts(1 - Number.EPSILON)]).toEqual([false, true]);
  });
});

describe('The PID controller', () => {
  it.each([
    [5, 0.4, 0.3, 0],
    [3, 0.2, 0.4, 0],
    [8, 0.7, -0.4, 0.1],
    [2, 0, 1, 0.3],
  ])('follows the product of powers of inverse errors (k = %d, P = %d, I = %d, D = %d)', (k, p, i, d) => {
    const controller = createController({ kind: 'pid', p, i, d }, k);
    let [previous, before] = [1, 1];
    for (const error of [0.5, 0.02, 3, 0.9, 1e-7, 0, 0.8, 1, 200, 1e-12, NaN, 0.3, 0.7]) {
      const history = previous ** (-(p + 2 * d) / k) * before ** (d / k);
      const raw = 0.9 * (1 / error) ** ((p + i + d) / k) * history;
      const accepted = error < 1;
      const expected = accepted ? Math.min(10, Math.max(1, raw)) : Math.min(0.9, Math.max(0.2, raw));
      expect(controller.nextFactor(error)).toBeCloseTo(Number.isNaN(error) ? 0.2 : expected, 11);
      if (accepted) [before, previous] = [previous, error === 0 ? 1 : 1 / error];
    }
  });

  it('is the integral controller without P and D', () => {
    const [integral, pid] = [createController('integral', 5), createController({ kind: 'pid', p: 0, i: 1, d: 0 }, 5)];
    for (const error of [0.5, 3, 1e-9, 0, 1, NaN]) expect(pid.nextFactor(error)).toBe(integral.nextFactor(error));
  });

  it.each([
    [0, 0, 0],
    [-1, 0.5, 0],
    [NaN, 1, 0],
  ])('refuses coefficients that control nothing (%d, %d, %d)', (p, i, d) => {
    expect(() => createController({ kind: 'pid', p, i, d }, 5)).toThrow('P + I + D > 0');
  });
});

describe.each(controllerNames)('Every controller (%s)', (name) => {
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

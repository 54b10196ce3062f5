/** Strong and weak orders of the stochastic methods (`measured-orders.ts`). */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engines/index.js';
import { sdeMethodNames, sdeMethods } from '../../../src/ode/sde/tableaux/index.js';
import { errorsAtEnd, orderWithoutDiagonal, slope } from './measured-orders.js';
import { geometricBrownianMotion, hyperbolicTangent, inhomogeneousLinear } from './problems.js';

const engine = await createEngine('reference', 'f64');

describe.each(sdeMethodNames)('With truly diagonal noise %s', (name) => {
  it.each([
    ['geometric Brownian motion', geometricBrownianMotion(engine, 1.5, 0.8)],
    ['a nonlinear diffusion', hyperbolicTangent(engine, 1)],
    ['fields that do not commute', inhomogeneousLinear(engine, -0.5, 2, 0.8)],
  ])('has its strong order on %s', async (_, problem) => {
    const exponents = [5, 6, 7, 8];
    const errors = await errorsAtEnd(engine, problem, name, 1500, exponents);
    const measured = slope(exponents, errors.strong);
    expect(Math.abs(measured - sdeMethods[name].order)).toBeLessThan(0.1);
  });

  it('has weak order 1 (fixed-step methods) or 2 (order 1.5) on geometric Brownian motion', async () => {
    // Differences along the same path: their mean is the error of the mean, with little Monte-Carlo noise.
    const exponents = [4, 5, 6, 7];
    const errors = await errorsAtEnd(engine, geometricBrownianMotion(engine, 1, 0.1), name, 4000, exponents);
    const measured = slope(exponents, errors.weak);
    const expected = sdeMethods[name].order === 1.5 ? 2 : 1;
    expect(measured).toBeGreaterThan(expected - 0.1);
    expect(measured).toBeLessThan(expected + 0.1);
  });
});

it('Where g_i depends on other entries than u_i, methods of order 1.5 have strong order ½, as documented', async () => {
  expect(Math.abs((await orderWithoutDiagonal(engine, 'sosri')) - 0.5)).toBeLessThan(0.15);
});

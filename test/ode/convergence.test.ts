/** Every method has the order it says, and so has its dense output (`measured-orders.ts`). */
import { describe, expect, it } from 'vitest';
import type { Tableau } from '../../src/ode/tableau.js';
import { rk2, rk3, rk4, rk4DoubleEnd, rk4DoubleNode, rk4ReturningNode } from '../../src/ode/tableaux/families.js';
import { solverNames, tableaux } from '../../src/ode/tableaux/index.js';
import { measuredDenseOrder, measuredOrder } from './measured-orders.js';

const methods: readonly Tableau[] = [
  ...solverNames.map((name) => tableaux[name]),
  rk2(0.4),
  rk3(0.4, 0.9),
  rk4(0.4),
  rk4(0.3, 0.6),
  rk4ReturningNode(0.2),
  rk4DoubleNode(0.2),
  rk4DoubleEnd(0.2),
];

describe.each(methods)('$name', (tableau) => {
  const { order } = tableau;

  it(`converges with order ${order}`, async () => {
    const measured = await measuredOrder(tableau);
    expect(Math.abs(measured - order)).toBeLessThan(0.1);
  });

  it('has dense output with an error of the same order, or of one more than the output’s own', async () => {
    const measured = await measuredDenseOrder(tableau);
    if (order === 8) {
      // 6 in the limit, which rounding hides: the terms of order 6 are small by construction, those of 7 show.
      expect(measured).toBeGreaterThan(5.9);
      expect(measured).toBeLessThan(7.1);
    } else {
      expect(Math.abs(measured - Math.min(order, tableau.interpolant === null ? 4 : 5))).toBeLessThan(0.1);
    }
  });
});

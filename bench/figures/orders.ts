/** Orders of the explicit methods: those they say, and those that errors show. */
import { measuredDenseOrder, measuredOrder } from '../../test/ode/measured-orders.js';
import { orderConditions, residual } from '../../test/ode/rooted-trees.js';
import { closeTableau } from '../../src/ode/closed-tableau.js';
import { interpolationWeights } from '../../src/ode/interpolation.js';
import { solverNames, tableaux } from '../../src/ode/tableaux/index.js';
import type { Tableau } from '../../src/ode/tableau.js';
import type { Table } from './page.js';

export async function orders(): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const name of solverNames) {
    const tableau = tableaux[name];
    rows.push([
      name,
      tableau.order,
      (await measuredOrder(tableau)).toFixed(2),
      denseOrder(tableau),
      (await measuredDenseOrder(tableau)).toFixed(2),
      tableau.stabilitySize,
    ]);
  }
  return { columns: ['method', 'order', 'slope', 'dense output', 'its slope', 'stability size'], rows };
}

/** The largest order whose conditions the dense output meets within the step, at three places. */
function denseOrder(tableau: Tableau): number {
  const closed = closeTableau(tableau);
  const conditions = orderConditions(closed, 7);
  let order = 0;
  const met = (size: number): boolean =>
    [0.3, 0.5, 0.7].every((theta) => residual(conditions, size, interpolationWeights(closed, theta), theta) < 1e-12);
  while (order < 7 && met(order + 1)) order += 1;
  return order;
}

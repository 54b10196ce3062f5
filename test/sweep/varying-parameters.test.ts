import { expect, it } from 'vitest';
import { identifyCell } from '../../src/sweep/plan/cell-identity.js';
import { varyingParameters } from '../../src/sweep/plan/varying-parameters.js';

const cell = (parameters: Readonly<Record<string, number>>) => identifyCell('spiral-node', parameters);

it('The axes are those of the plan, then whatever else differs among stored cells', () => {
  const grid = [cell({ rtol: 1, weight: 0, epochs: 10 }), cell({ rtol: 2, weight: 0, epochs: 10 })];
  expect(varyingParameters(grid, ['rtol'])).toEqual(['rtol']);
  // A later run with the override epochs=2 weight=1: its own plan has no axis at all.
  expect(varyingParameters([...grid, cell({ rtol: 1, weight: 1, epochs: 2 })], [])).toEqual([
    'rtol',
    'epochs',
    'weight',
  ]);
  expect(varyingParameters([], ['rtol'])).toEqual(['rtol']);
});

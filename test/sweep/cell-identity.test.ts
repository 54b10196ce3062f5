import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCellIdentifier, identifyCell } from '../../src/sweep/plan/cell-identity.js';
import type { ParameterValues } from '../../src/training/trial.js';

const cell: ParameterValues = { rtol: 1e-3, error_weight: 0, solver: 'tsit5', seed: 2 };
const hashOf = (parameters: ParameterValues): string => identifyCell('spiral-node', parameters).hash;

describe('The hash of a cell', () => {
  it('never changes: databases hold it', () => {
    expect(identifyCell('spiral-node', cell)).toMatchObject({
      hash: '4c4a375a5e78e4db1aa8d3a225c29a28e661e5983d3763f18950a42526417e77',
      group: 'de8eb87074c7a4592c01ee3398afc79688376d42b795121d05fc17e2b9313a26',
    });
  });

  it('is the same for any order of the keys', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.string(), fc.oneof(fc.double({ noNaN: true }), fc.string())), {
      selector: ([name]) => name,
    });
    fc.assert(
      fc.property(entries, (list) => {
        expect(hashOf(Object.fromEntries([...list].reverse()))).toBe(hashOf(Object.fromEntries(list)));
      }),
      { numRuns: 100 },
    );
  });

  it('takes 1 and 1.0, and 0 and −0, for the same', () => {
    expect(hashOf({ ...cell, error_weight: -0 })).toBe(hashOf(cell));
    expect(Object.is(identifyCell('a', { weight: -0 }).parameters.weight, 0)).toBe(true);
    expect(hashOf({ ...cell, rtol: Number('1.0') })).toBe(hashOf({ ...cell, rtol: Number('1') }));
  });

  it('changes with the task, with every parameter and with the type of a value', () => {
    const changed = [
      hashOf(cell),
      identifyCell('mnist-node', cell).hash,
      hashOf({ ...cell, rtol: 1.0000000000000002e-3 }),
      hashOf({ ...cell, error_weight: 5e-324 }),
      hashOf({ ...cell, error_weight: '0' }),
      hashOf({ ...cell, error_weight: false }),
      hashOf({ ...cell, solver: 'bosh3' }),
      hashOf({ ...cell, seed: 3 }),
      hashOf({ ...cell, atol: 1 }),
    ];
    expect(new Set(changed).size).toBe(changed.length);
  });

  it('is that of a cell alone, whatever cells of the plan came before and whatever varies among them', () => {
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), fc.boolean());
    const names = fc.constantFrom('seed', 'a', 'b', '"', '10', '9');
    const parameters = fc.dictionary(names, value);
    fc.assert(
      fc.property(parameters, fc.array(parameters, { maxLength: 6 }), (fixed, points) => {
        const { identify } = createCellIdentifier('spiral-node', fixed);
        for (const point of points)
          expect(identify(point)).toEqual(identifyCell('spiral-node', { ...fixed, ...point }));
      }),
      { numRuns: 200 },
    );
  });

  it('has a group that ignores the seed and nothing else', () => {
    const { group } = identifyCell('spiral-node', cell);
    expect(identifyCell('spiral-node', { ...cell, seed: 9 }).group).toBe(group);
    expect(identifyCell('spiral-node', { ...cell, rtol: 1 }).group).not.toBe(group);
  });
});

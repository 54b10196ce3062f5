import { describe, expect, it } from 'vitest';
import { column, complaint, plan, sweepOf } from './read.js';

const values = (parameter: string): unknown[] => column(plan(sweepOf(parameter)), 'rtol');

describe('A parameter', () => {
  it('is a value, a list or a mapping', () => {
    expect(values('rtol: 1e-3')).toEqual([1e-3]);
    expect(values('rtol: { value: 1e-3 }')).toEqual([1e-3]);
    expect(values('rtol: [1e-3, 1e-5]')).toEqual([1e-3, 1e-5]);
    expect(values('rtol: { values: [1e-3, 1e-5], distribution: categorical }')).toEqual([1e-3, 1e-5]);
    expect(values('rtol: [1e-3, 0.001, 1e-5]')).toEqual([1e-3, 1e-5]);
  });

  it.each([
    ['rtol: {}', '3:9: rtol needs exactly one of value, values, log_grid, or min and max, but has none.'],
    ['rtol: { value: 1, values: [1] }', 'rtol needs exactly one of'],
    ['rtol: { values: [] }', '3:19: parameters.rtol.values must be a list of 1 or more, not an empty list.'],
    ['rtol: []', '3:9: parameters.rtol must be a list of 1 or more'],
    ['rtol:', 'parameters.rtol must be a mapping (key: value), a number, text, true or false or a list, not null.'],
    ['rtol: { values: 1e-3 }', '3:19: parameters.rtol.values must be a list, not 0.001.'],
    ['rtol: { values: [1e-3, null] }', 'parameters.rtol.values[1] must be a number, text or true or false, not null.'],
    ['rtol: .nan', 'parameters.rtol must be a finite number, not NaN.'],
    ['rtol: [1, .inf]', 'parameters.rtol[1] must be a finite number, not Infinity.'],
    ['error_weight: [0, -1]', '3:21: error_weight must be at least 0, not -1.'],
    ['error_weight: { values: [0, 0, -1] }', '3:34: error_weight must be at least 0, not -1.'],
    ['rtol: 0', '3:9: rtol must be greater than 0, not 0.'],
    ['rtol: "1e-3"', 'Write the number without quotes.'],
    ['rtol: fast', 'rtol must be a number, not "fast".'],
    ['atol: true', 'atol must be a number or "rtol", not true.'],
    ['epochs: 1.5', 'epochs must be a whole number, not 1.5.'],
    ['solver: tsit6', 'solver must be one of tsit5, '],
    ['engine: abacus', '3:11: engine must be one of kernels, '],
    ['rtol: { min: 1e-5, max: 1e-3 }', '3:9: rtol is a range, but a grid needs listed values.'],
    ['rtol: { min: 1e-3, max: 1e-5 }', '3:16: rtol needs min ≤ max, not 0.001 and 0.00001.'],
    ['rtol: { min: 1e-3 }', 'rtol needs both min and max.'],
    ['rtol: { min: 0, max: 1, distribution: log_uniform_values }', 'rtol needs min > 0 for log_uniform_values, not 0.'],
    ['rtol: { min: 0, max: 1.5, distribution: int_uniform }', 'rtol needs whole numbers min and max'],
    ['rtol: { min: 0, max: 1, distribution: q_uniform }', 'rtol needs q, the step of its values, for q_uniform.'],
    ['rtol: { min: 0, max: 1, q: 0.1 }', 'rtol takes q only with the distributions q_uniform'],
    ['rtol: { min: 0.2, max: 0.3, q: 0.5, distribution: q_uniform }', 'rtol has no multiple of q = 0.5 between'],
    ['rtol: { min: 0, max: 1, distribution: categorical }', 'rtol needs value or values for the distribution'],
    ['rtol: { values: [1], distribution: uniform }', 'rtol needs min and max for the distribution uniform'],
    ['rtol: { min: 0, max: 1, distribution: normal }', 'parameters.rtol.distribution must be one of constant, '],
    ['rtol: { log_grid: { min: 1e-3, max: 1e-5, count: 3 } }', 'rtol needs min ≤ max in log_grid'],
    ['rtol: { log_grid: { min: 0, max: 1e-5, count: 3 } }', 'parameters.rtol.log_grid.min must be greater than 0'],
    ['rtol: { log_grid: { min: 1e-5, max: 1e-3 } }', 'parameters.rtol.log_grid.count is missing.'],
    ['rtol: { log_grid: { min: 1e-5, max: 1e-3, count: 1 } }', 'rtol needs min = max for a log_grid of count 1.'],
    ['rtol: { log_grid: { min: 1, max: 1, count: 3 } }', 'rtol needs min and max farther apart'],
    ['rtol: { log_grid: { min: 1, max: 2, count: 20000 } }', 'parameters.rtol.log_grid.count must be at most 10000'],
    ['rtol: { log_grid: [1, 2, 3] }', 'parameters.rtol.log_grid must be a mapping (key: value), not a list.'],
  ])('%s is refused with its place and what was expected', (parameter, expected) => {
    expect(complaint(sweepOf(parameter))).toContain(expected);
  });

  it('from 1 to 5 is an integer, but from 1.0 to 5 a real number, through aliases and merge keys too', () => {
    const text = (range: string) => `task: spiral-node\nmethod: random\nrun_cap: 20\nparameters:\n  ${range}\n`;
    const areIntegers = (range: string) => column(plan(text(range)), 'error_weight').every(Number.isInteger);
    expect(areIntegers('error_weight: { min: 1, max: 5 }')).toBe(true);
    expect(areIntegers('error_weight: { min: 1.0, max: 5 }')).toBe(false);
    expect(areIntegers('error_weight: { min: 1, max: 5e0 }')).toBe(false);
    expect(areIntegers('stiffness_weight: &range { min: 1.0, max: 5 }\n  error_weight: *range')).toBe(false);
    expect(areIntegers('stiffness_weight: &range { min: 1.0, max: 5 }\n  error_weight: { <<: *range, max: 6 }')).toBe(
      false,
    );
    expect(complaint(sweepOf('error_weight: { min: 0.0, max: 1.0 }'))).toContain('a grid needs listed values');
  });

  it('set by a key of the file is told at that key', () => {
    expect(complaint('task: spiral-node\nengine: abacus\n')).toContain('sweep.yaml:2:9: engine must be one of kernels');
    expect(complaint('task: spiral-node\ndtype: f16\n')).toContain('sweep.yaml:2:8: dtype must be one of f32, f64');
    expect(complaint('task: spiral-node\nrepeats: 3\nparameters: { seed: [1, 2] }\n')).toContain(
      'sweep.yaml:2:1: repeats sets the parameter seed, which stands under `parameters` as well.',
    );
  });
});

describe('log_grid', () => {
  it('has exactly the powers of ten between powers of ten', () => {
    expect(values('rtol: { log_grid: { min: 1e-6, max: 1e-3, count: 4 } }')).toEqual([1e-6, 1e-5, 1e-4, 1e-3]);
    expect(values('rtol: { log_grid: { min: 1e-12, max: 1e2, count: 15 } }')).toEqual(
      Array.from({ length: 15 }, (_, k) => Number(`1e${k - 12}`)),
    );
    expect(values('rtol: { log_grid: { min: 1e-3, max: 1e-3, count: 1 } }')).toEqual([1e-3]);
  });

  it('keeps its ends as they are written', () => {
    const grid = values('rtol: { log_grid: { min: 0.00012345678901234, max: 0.98765432109876, count: 7 } }');
    expect([grid[0], grid[6]]).toEqual([0.00012345678901234, 0.98765432109876]);
  });
});

describe('Conditions of where', () => {
  const rtols = (where: string): unknown[] => column(plan(`${sweepOf('rtol: [1e-3, 1e-5]')}where: ${where}\n`), 'rtol');

  it('keep the cells for which all of them hold', () => {
    expect(rtols('rtol < 1e-4')).toEqual([1e-5]);
    expect(rtols('[rtol > 1e-9, rtol > 1e-4]')).toEqual([1e-3]);
    expect(rtols('2 * rtol + 1 - 1 <= 1e-3 / 10 && solver in ["tsit5"]')).toEqual([1e-5]);
    expect(rtols('epochs == 20 && atol == "rtol" || rtol == 1')).toEqual([1e-3, 1e-5]);
    expect(rtols('rtol < 1/2000 && epochs % 3 == 2')).toEqual([1e-5]);
    expect(rtols('2 * rtol - 1 < -0.999 && rtol in [1, 1e-5] && solver != "1"')).toEqual([1e-5]);
    expect(rtols('[]')).toEqual([1e-3, 1e-5]);
  });

  it.each([
    ['rtol > 1', '4:8: No cell is left: the conditions of `where` hold for none'],
    ['rtoll > 1', 'Did you mean "rtol"?'],
    ['rtol', '4:8: The condition `rtol` cannot be evaluated: it gives 0.001, not true or false.'],
    ['1 + 1', 'it gives 2, not true or false'],
    ['"rtol >"', 'The condition `rtol >` is wrong: '],
    ['""', 'The condition `` is wrong: '],
    ['[rtol > 0, atol < 1]', '4:19: The condition `atol < 1` cannot be evaluated: '],
    ['constructor == 1', 'The condition `constructor == 1` is wrong: '],
  ])('%s is refused', (where, expected) => {
    expect(() => rtols(where)).toThrow();
    expect(complaint(`${sweepOf('rtol: [1e-3, 1e-5]')}where: ${where}\n`)).toContain(expected);
  });
});

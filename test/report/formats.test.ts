import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth, fitToWidth, singleLine, truncateToWidth } from '../../src/report/display-width.js';
import { formatDuration } from '../../src/report/format-duration.js';
import { formatNumber } from '../../src/report/format-number.js';
import { formatParetoTable } from '../../src/report/format-pareto-table.js';
import { formatTable } from '../../src/report/format-table.js';

test.each([
  [0, '0'],
  [12, '12'],
  [-3, '-3'],
  [0.01, '0.01'],
  [1 / 3, '0.3333'],
  [97.34567, '97.35'],
  [123456, '123456'],
  [123456.7, '123500'],
  [1e6, '1e6'],
  [1e-5, '1e-5'],
  [0.00012345, '1.234e-4'],
  [0.00099999, '0.001'],
  [-2.5e-7, '-2.5e-7'],
  [Number.NaN, 'NaN'],
  [Infinity, 'Inf'],
  [-Infinity, '-Inf'],
])('the number %d is written %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test('a written number is short and reads back as nearly the same number', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e308, max: 1e308, noNaN: true }), (value) => {
      const text = formatNumber(value);
      expect(text.length).toBeLessThanOrEqual(11);
      expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(5.1e-4 * Math.abs(value));
    }),
  );
});

test.each([
  [0.04, '0.0s'],
  [3, '3s'],
  [9.94, '9.9s'],
  [9.96, '10s'],
  [59.6, '1m 00s'],
  [185, '3m 05s'],
  [7620, '2h 07m'],
  [3 * 86400 + 4 * 3600, '3d 04h'],
  [Infinity, '?'],
])('%d seconds are written %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  ['abc', 3],
  ['漢字', 4],
  ['e\u0301', 1],
  ['👩‍👩‍👧', 2],
  ['⣿●', 2],
  ['', 0],
])('%s takes the columns that a terminal gives it', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test('a fitted text takes exactly its columns, however wide its characters are', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, width) => {
      const line = singleLine(text);
      expect(displayWidth(fitToWidth(line, width))).toBe(width);
      expect(displayWidth(truncateToWidth(line, width))).toBeLessThanOrEqual(width);
    }),
  );
});

test('text of other people becomes one line without escape sequences', () => {
  expect(singleLine('a\u001B[31mred\u001B[0m\nnext\tcolumn')).toBe('ared next column');
});

test('numbers stand at the right, texts at the left, and missing values are empty', () => {
  const table = formatTable(
    [{ title: 'name' }, { title: 'nfe' }, { title: 'note' }],
    [
      ['a', 12.345678, null],
      ['long name', 1e-5, 'yes'],
    ],
    { color: false },
  );
  expect(table).toBe(['name         nfe  note', 'a          12.35', 'long name   1e-5  yes', ''].join('\n'));
});

test('a table too wide for the terminal cuts long texts, never numbers', () => {
  const rows = [
    ['x'.repeat(60), 123456.7],
    ['short', 1],
  ];
  const lines = formatTable([{ title: 'message' }, { title: 'value' }], rows, { color: false, width: 30 }).split('\n');
  expect(lines[1]).toBe(`${'x'.repeat(21)}…  123500`);
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(30);
});

test('only the titles are set off, and only in colour', () => {
  const table = formatTable([{ title: 'a' }], [[1]], { color: true });
  expect(table).toBe('\u001B[1ma\u001B[22m\n1\n');
});

test('the frontier table shows means with their spread over seeds and says what is better', () => {
  const table = formatParetoTable(
    [
      { name: 'nfe', goal: 'minimize' },
      { name: 'accuracy', goal: 'maximize' },
    ],
    ['rtol', 'solver'],
    [
      {
        trials: [1, 2],
        figures: { nfe: { value: 20.5, sd: 0.51234 } },
        parameters: { rtol: 1e-5, solver: 'tsit5' },
        source: 'trained',
        changed: {},
      },
      {
        trials: [3],
        figures: { nfe: { value: 32, sd: null }, accuracy: { value: 0.9, sd: null } },
        parameters: { rtol: 0.001, solver: 'bosh3' },
        source: 'trained',
        changed: {},
      },
    ],
    { color: false },
  );
  expect(table.split('\n')).toEqual([
    'trials       nfe ↓  accuracy ↑   rtol  solver',
    ' #1 #2  20.5 ±0.51               1e-5  tsit5',
    '    #3          32         0.9  0.001  bosh3',
    '',
  ]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLineReader } from '../../src/programs/line-reader.js';
import { readToldLine } from '../../src/programs/told-line.js';

describe('A line of a program', () => {
  test.each([
    ['epoch 3 of 10', 'text'],
    ['{"loss": 0.5}', 'text'],
    ['{0: "a Python dictionary"}', 'text'],
    ['{"epoch": 0, "loss": 1}', 'malformed'],
    ['{"epoch": 1.5}', 'malformed'],
    ["{'epoch': 1}", 'text'],
    ['{"epoch": 1, "loss": nan}', 'malformed'],
    ['{"progress": 2}', 'malformed'],
    ['{"result": 3}', 'malformed'],
    ['  {"progress": 0.25}\r', 'progress'],
  ])('%s is %s', (line, kind) => {
    expect(readToldLine(line).kind).toBe(kind);
  });

  test("may hold Python's NaN and infinities, but not change text that names them", () => {
    expect(
      readToldLine('{"epoch": 2, "a": NaN, "b": -Infinity, "c": Infinity, "d": "NaN, Infinity", "e": "\\"NaN"}'),
    ).toEqual({
      kind: 'epoch',
      epoch: 2,
      epochs: null,
      figures: { a: NaN, b: -Infinity, c: Infinity },
    });
  });

  test('never throws, whatever a program prints', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `{"epoch": ${json}`),
        ),
        (line) => void readToldLine(line),
      ),
    );
  });

  test('is found however the output is cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.array(fc.integer({ min: 1, max: 7 })),
        (texts, cuts) => {
          const lines = texts.map((text) => text.replace(/[\r\n]/g, ''));
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const heard: string[] = [];
          const reader = createLineReader((line) => heard.push(line));
          let start = 0;
          for (let k = 0; start < bytes.length; k += 1) {
            const end = start + (cuts.length === 0 ? bytes.length : cuts[k % cuts.length]);
            reader.add(bytes.subarray(start, end));
            start = end;
          }
          reader.end();
          expect(heard).toEqual(lines);
        },
      ),
    );
  });
});

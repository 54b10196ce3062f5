import { describe, expect, it } from 'vitest';
import { column, complaint, plan, sweepOf } from './read.js';

describe('A sweep file that is no good YAML', () => {
  it('is told with line, column, the line itself and a caret under the place', () => {
    expect(complaint('task: spiral-node\nparameters:\n  rtol: { values: [1e-3, 1e-4 }\n')).toMatch(
      /^sweep\.yaml:3:31: Flow sequence .*\n  3 \|   rtol: \{ values: \[1e-3, 1e-4 \}\n {36}\^\n  Is a bracket/,
    );
  });

  it('counts lines and columns alike with CRLF line ends and characters outside the BMP', () => {
    expect(complaint('task: spiral-node\r\ndescription: 🌀\r\nrepeats: x\r\n')).toContain('sweep.yaml:3:10: repeats');
    expect(complaint('{ task: "🌀", repeats: x }')).toContain('sweep.yaml:1:23: repeats');
  });

  it.each([
    ['a key given twice', 'task: spiral-node\ntask: b\n', 'sweep.yaml:2:1: The key "task" is given twice.'],
    ['a parameter given twice', sweepOf('rtol: 1\n  rtol: 2'), 'sweep.yaml:4:3: The key "rtol" is given twice.'],
    ['a tab', 'task: spiral-node\nparameters:\n\trtol: 1\n', 'sweep.yaml:3:1: A tab cannot indent in YAML.'],
    ['a second document', 'task: spiral-node\n---\ntask: b\n', 'sweep.yaml:2:1: A second YAML document'],
    ['an alias of nothing', sweepOf('rtol: *t'), 'sweep.yaml:3:9: There is no anchor "t" above.'],
    ['a tag', sweepOf('rtol: !!set { a, b }'), 'sweep.yaml:3:9: A tag (!…) has no meaning in a sweep file.'],
    ['a key that is a list', 'task: spiral-node\n? [a, b]\n: 3\n', 'sweep.yaml:2:3: A key must be a name.'],
    ['a key that is a number', 'task: spiral-node\n1: 2\n', 'sweep.yaml:2:1: A key must be a name, not 1.'],
    ['the key __proto__', sweepOf('__proto__: 2'), 'sweep.yaml:3:3: A key must be a name, not __proto__.'],
    ['nothing in it', '', 'sweep.yaml:1:1: A sweep file is a mapping (key: value), but this one is empty.'],
    ['only comments', '# nothing\n', 'but this one is empty.'],
    ['a list', '- a\n- b\n', 'sweep.yaml:1:1: A sweep file is a mapping'],
  ])('is refused with its place for %s', (_, text, expected) => {
    expect(complaint(text)).toContain(expected);
  });

  it('is refused, not followed, where aliases grow without end or nesting is deeper than the stack', () => {
    const levels = Array.from({ length: 12 }, (_, k) => `a${k}: &a${k} [${`*a${k - 1},`.repeat(k === 0 ? 0 : 9)} 1]`);
    expect(complaint(`${levels.join('\n')}\n`)).toContain('The YAML cannot be read');
    expect(complaint('['.repeat(20_000))).toContain('The YAML is nested too deeply.');
  });

  it('shows a long line only around the caret, without its control characters', () => {
    const message = complaint(`task: spiral-node\n{ ${'x'.repeat(500)}\u001b[31m`);
    expect(Math.max(...message.split('\n').map((line) => line.length))).toBeLessThan(200);
    expect(message).not.toContain('\u001b');
  });
});

describe('A sweep file with anchors and merge keys', () => {
  it('means what they stand for', () => {
    const merged = plan(sweepOf('rtol: &t { values: [1e-3, 1e-4] }\n  atol: { <<: *t }\n  learning_rate: *t'));
    expect(merged.cells).toHaveLength(8);
    expect(new Set(column(merged, 'atol'))).toEqual(new Set([1e-3, 1e-4]));
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandLine, commandText, defaultWords, unnamedParameters } from '../../src/programs/command-line.js';

const parameters = { rtol: 1e-7, solver: 'tsit5', adjoint: true, quiet: false };
const line = (...words: string[]) => commandLine({ words, program: 'train.py' }, parameters);

describe('The command of a sweep file', () => {
  test('names parameters within its words', () => {
    expect(line('python', '--tol={rtol}', '{solver}/{adjoint}')).toEqual(['python', '--tol=1e-7', 'tsit5/true']);
  });

  test('names parameters in any language, with dots and hyphens', () => {
    const given = { größe: 3, 'optimizer.lr': 0.1, 'use-bn': true };
    const words = ['{größe}', '{optimizer.lr}', '{use-bn}'];
    expect(commandLine({ words, program: null }, given)).toEqual(['3', '0.1', 'true']);
  });

  test('gets all parameters at its end where it names none, and only then', () => {
    expect(line('train').slice(1)).toEqual(['--rtol=1e-7', '--solver=tsit5', '--adjoint=true', '--quiet=false']);
    expect(line('train', '{rtol}')).toEqual(['train', '1e-7']);
    expect(unnamedParameters(['train', '{rtol}'], ['rtol', 'solver'])).toEqual(['solver']);
    expect(unnamedParameters(['train', '{rtol}', '${args}'], ['rtol', 'solver'])).toEqual([]);
  });

  test.each([
    ['${args}', ['--rtol=1e-7', '--solver=tsit5', '--adjoint=true', '--quiet=false']],
    ['${args_no_hyphens}', ['rtol=1e-7', 'solver=tsit5', 'adjoint=true', 'quiet=false']],
    ['${args_no_boolean_flags}', ['--rtol=1e-7', '--solver=tsit5', '--adjoint']],
    ['${args_json}', ['{"rtol":1e-7,"solver":"tsit5","adjoint":true,"quiet":false}']],
  ])("may use W&B's macro %s", (macro, expected) => {
    expect(line('train', macro)).toEqual(['train', ...expected]);
  });

  test("without words is W&B's own", () => {
    expect(commandLine({ words: defaultWords, program: 'train.py' }, { rate: 1 }).slice(-3)).toEqual([
      'python',
      'train.py',
      '--rate=1',
    ]);
  });

  test('leaves braces that are no parameter as they are', () => {
    expect(line('{"a": 1}', '{}', '{rtol}')).toEqual(['{"a": 1}', '{}', '1e-7']);
  });

  test('keeps each value within one word, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(commandLine({ words: ['run', '-x{v}'], program: null }, { v: value })).toEqual(['run', `-x${value}`]);
      }),
    );
  });

  test('is told apart from every other command by its text', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.array(fc.string(), { minLength: 1 }), (one, other) => {
        const same = commandText({ words: one, program: null }) === commandText({ words: other, program: null });
        expect(same).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });
});

/**
 * Sweep files and overrides that nobody meant: few of them are tried with the fast tests, 10,000 with the slow ones.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.js';
import { plan } from './read.js';

const grid = `name: quickstart
task: spiral-node
method: grid
parameters:
  error_weight: { values: [0, 0.1] }
  rtol: &t { log_grid: { min: 1e-5, max: 1e-3, count: 3 } }
  atol: *t
  epochs: { value: 2 }
  learning_rate: [0.1]
where: ["rtol <= atol", 'error_weight > 0 || rtol < 1e-3']
objectives: [{ name: nfe }, { name: loss, goal: minimize }]
repeats: 2
trial: { memory_mb: 64 }
early_terminate: [{ type: asha, eta: 2, spare: 0.1 }, { type: dominated, margin: { loss: 0.1 } }]
`;

const drawn = `task: spiral-node
method: sobol
run_cap: 6
seed: 3
parameters:
  rtol: { min: 1e-5, max: 1e-3, distribution: log_uniform_values }
  solver: [tsit5, bosh3]
  local_weight: { values: [0.1, 1], when: solver == "tsit5" && error_weight > 0 }
  epochs: { min: 1, max: 4 }
zip: [{ error_weight: [0, 1], stiffness_weight: [0, 0.1] }]
points: [{ rtol: 1e-6 }, { error_weight: 5, epochs: 2 }]
where: rtol < 1
repeats: 2
trial: { timeout: 10s, retry_on: [timeout, error] }
`;

const learned = drawn.replace('method: sobol', 'method: tpe\ngeneration_size: 3');

const words = [
  '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '<<', '*t', '&t', '!!set', '---', 'null', '~',
  '-1', '1e400', '.nan', '-.inf', '1e-320', '"', "'", '{', '}', '[', ']', ':', ': ', ',', '- ', '\t', '\n', '\n  ', '\r',
  '\0', '\u{1f300}', '#', '|', '>', '?', '@', '%', 'seed', 'values', 'min', 'max', 'log_grid', 'random', 'run_cap: 3',
  'value', 'parameters', 'where', '0', '5', '""', 'true', '9007199254740993', 'range(', 'interval(0,1)', '=', '+', ',,',
  'zip', 'points', 'when: ', 'rtol > 1', 'solver', 'nsga2', 'halton', 'grid', 'generation_size: 2', 'timeout', '1.5',
]; // prettier-ignore

const word = fc.constantFrom(...words);

/** Replaces, at a place, a few characters by others. */
const edit = fc.record({
  at: fc.nat(drawn.length),
  cut: fc.nat(12),
  insert: fc.oneof(word, fc.string({ maxLength: 5 })),
});

/** A plan, or an error that tells the user what to do: anything else is our bug. */
function expectPlanOrUserError(file: string, overrides: readonly string[]): 'plan' | 'error' {
  try {
    const { cells, growth } = plan(file, overrides);
    expect(cells.length).toBeGreaterThan(0);
    expect(new Set(cells.map(({ hash }) => hash)).size).toBe(cells.length);
    const next = growth?.next(cells.map((cell) => ({ cell, state: 'failed', result: null }))) ?? [];
    expect(cells.length + next.length).toBeLessThanOrEqual(growth?.total ?? Infinity);
    return 'plan';
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).not.toMatch(/undefined|\[object|Invalid input/);
    return 'error';
  }
}

/** @param runs of all five properties together */
export function describeMutations(runs: number): void {
  const numRuns = runs / 5;
  describe('Whatever is written', () => {
    it.each([
      ['grid', grid],
      ['sobol', drawn],
      ['tpe', learned],
    ])('in a sweep file of %s gives a plan or an error for the user', (_, text) => {
      const ends = new Set<string>();
      fc.assert(
        fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
          const mutated = edits.reduce(
            (old, { at, cut, insert }) => old.slice(0, at) + insert + old.slice(at + cut),
            text,
          );
          ends.add(expectPlanOrUserError(mutated, []));
        }),
        { numRuns },
      );
      expect(ends).toEqual(new Set(['plan', 'error']));
    });

    it('as values of keys gives a plan or an error for the user', () => {
      const keys = [
        'name',
        'task',
        'method',
        'run_cap',
        'seed',
        'repeats',
        'metric',
        'parameters',
        'where',
        'trial',
        'zip',
        'points',
        'generation_size',
        'x',
      ];
      const members = [
        'rtol',
        'seed',
        'epochs',
        'value',
        'values',
        'min',
        'max',
        'q',
        'log_grid',
        'distribution',
        'when',
        'name',
      ];
      const scalar = fc.oneof(
        fc.constantFrom(0, 1, 3, -1, 1e300, null, true, 'grid', 'random', 'halton', 'nsga2', 'q_uniform', 'rtol > 1'),
        fc.string(),
      );
      const { tree } = fc.letrec((tie) => ({
        tree: fc.oneof(
          { maxDepth: 4 },
          scalar,
          fc.array(tie('tree'), { maxLength: 3 }),
          fc.dictionary(fc.constantFrom(...members), tie('tree'), { maxKeys: 4 }),
        ),
      }));
      fc.assert(
        fc.property(fc.dictionary(fc.constantFrom(...keys), tree), (data) => {
          expectPlanOrUserError(JSON.stringify({ task: 'spiral-node', ...data }), []);
        }),
        { numRuns },
      );
    });

    it('as overrides gives a plan or an error for the user', () => {
      const name = fc.constantFrom(
        'rtol',
        'seed',
        'repeats',
        'where',
        'trial',
        'engine',
        'parameters.seed',
        'run_cap',
        'method',
        'zip',
        'points',
        'x',
      );
      const value = fc.oneof(
        fc.constantFrom('1', '1e-3,1e-5', 'range(1,3)', 'choice(a)', 'interval(1,2)', 'log_grid(1,9,3)', "'a", '[1,2'),
        fc.array(word, { maxLength: 4 }).map((parts) => parts.join('')),
        fc.string(),
      );
      const override = fc.oneof(
        fc.tuple(fc.constantFrom('', '', '+', '~'), fc.oneof(name, word), fc.constantFrom('=', ''), value),
        fc.array(fc.oneof(word, fc.string()), { maxLength: 3 }),
      );
      fc.assert(
        fc.property(
          fc.constantFrom(grid, drawn),
          fc.array(override, { minLength: 1, maxLength: 3 }),
          (fileText, overrides) => {
            expectPlanOrUserError(
              fileText,
              overrides.map((parts) => parts.join('')),
            );
          },
        ),
        { numRuns },
      );
    });
  });
}

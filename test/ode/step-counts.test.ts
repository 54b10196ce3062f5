/**
 * Steps and function evaluations against an implementation that is independent of this one:
 * test/fixtures/step-counts/reference-solver.py.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import type { ControllerName } from '../../src/ode/controllers/index.js';
import { Solver } from '../../src/ode/solver.js';
import { pairNames, tableaux, type SolverName } from '../../src/ode/tableaux/index.js';
import { functionField, type FieldFunctions } from '../../src/ode/function-field.js';

interface Case {
  readonly problem: string;
  readonly pair: SolverName;
  readonly controller: ControllerName;
  readonly tolerance: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly nfe: number;
  readonly y1: readonly number[];
}

const file = new URL('../fixtures/step-counts/step-counts.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[];

const problems: Readonly<Record<string, readonly [FieldFunctions['f'], readonly number[], number, number]>> = {
  oscillator: [(_, y) => [y[1], -y[0]], [1, 0], 0, 10],
  'oscillator backwards': [(_, y) => [y[1], -y[0]], [1, 0], 3, -4],
  'van der Pol, mu = 5': [(_, y) => [y[1], 5 * (1 - y[0] * y[0]) * y[1] - y[0]], [2, 0], 0, 15],
  brusselator: [(_, y) => [1 + y[0] * y[0] * y[1] - 4 * y[0], 3 * y[0] - y[0] * y[0] * y[1]], [1.5, 3], 0, 20],
  Lorenz: [(_, y) => [10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - (8 / 3) * y[2]], [1, 1, 1], 0, 1],
  peak: [(t) => [1 / (1 + ((t - 0.5) / 0.02) ** 2)], [0], 0, 1],
};

const engine = await createEngine('reference', 'f64');

describe.each(Object.keys(problems))('%s', (problem) => {
  it.each(cases.filter((entry) => entry.problem === problem))(
    'takes the steps of the reference: $pair, $controller, $tolerance',
    async ({ pair, controller, tolerance, accepted, rejected, nfe, y1 }) => {
      const [f, start, t0, t1] = problems[problem];
      const y0 = engine.allocate(1, start.length);
      engine.write(y0, start);
      const field = functionField(engine, { f });
      const solver = new Solver({ engine, field, tableau: tableaux[pair], rows: 1, columns: start.length });
      const solution = await solver.solve({
        y0,
        t0,
        t1,
        rtol: tolerance,
        atol: tolerance,
        controller,
        maxSteps: 100_000,
        saveat: [],
        keepStates: false,
        stiffness: null,
      });
      expect(solution.statistics).toEqual({ accepted, rejected, nfe });
      const end = await engine.read(solution.y1);
      for (const [k, value] of y1.entries())
        expect(Math.abs(end[k] - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
    },
  );
});

it('The reference covers every pair but dopri8, which diffrax covers', () => {
  const covered = new Set(cases.map(({ pair }) => pair));
  expect([...covered, 'dopri8'].sort()).toEqual([...pairNames].sort());
  for (const problem of Object.keys(problems)) {
    const ofProblem = cases.filter((entry) => entry.problem === problem);
    expect(new Set(ofProblem.map(({ pair, controller }) => `${pair} ${controller}`)).size).toBe(2 * covered.size);
  }
});

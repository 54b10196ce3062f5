/**
 * The runs of an implementation that is independent of this one, test/fixtures/step-counts/reference-solver.py, and the
 * same runs here.
 */
import { readFileSync } from 'node:fs';
import type { FieldFunctions } from '../../src/ode/function-field.js';
import type { ControllerName } from '../../src/ode/controllers/index.js';
import { tableaux, type SolverName } from '../../src/ode/tableaux/index.js';
import { solve } from './problems.js';

export interface ReferenceRun {
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
export const referenceRuns = JSON.parse(readFileSync(file, 'utf8')) as readonly ReferenceRun[];

export const problems: Readonly<Record<string, readonly [FieldFunctions['f'], readonly number[], number, number]>> = {
  oscillator: [(_, y) => [y[1], -y[0]], [1, 0], 0, 10],
  'oscillator backwards': [(_, y) => [y[1], -y[0]], [1, 0], 3, -4],
  'van der Pol, mu = 5': [(_, y) => [y[1], 5 * (1 - y[0] * y[0]) * y[1] - y[0]], [2, 0], 0, 15],
  brusselator: [(_, y) => [1 + y[0] * y[0] * y[1] - 4 * y[0], 3 * y[0] - y[0] * y[0] * y[1]], [1.5, 3], 0, 20],
  Lorenz: [(_, y) => [10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - (8 / 3) * y[2]], [1, 1, 1], 0, 1],
  peak: [(t) => [1 / (1 + ((t - 0.5) / 0.02) ** 2)], [0], 0, 1],
};

/** The same run here. */
export function runHere({ problem, pair, controller, tolerance }: ReferenceRun) {
  const [f, start, t0, t1] = problems[problem];
  const request = { t0, t1, rtol: tolerance, atol: tolerance, controller, maxSteps: 100_000, keepStates: false };
  return solve({ f, start }, request, tableaux[pair]);
}

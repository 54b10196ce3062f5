/** One solve of plain functions by implicit steps, in doubles unless an engine is given. */
import type { Engine } from '../../../src/engines/engine.js';
import { createReferenceEngine } from '../../../src/engines/reference/engine.js';
import { functionField, type FieldFunctions } from '../../../src/ode/function-field.js';
import { implicitMethods, type ImplicitMethodName } from '../../../src/ode/implicit/method.js';
import type { ImplicitRequest } from '../../../src/ode/implicit/request.js';
import { ImplicitSolver } from '../../../src/ode/implicit/solver.js';

export interface FieldProblem extends Partial<Omit<ImplicitRequest, 'y0'>> {
  readonly method: ImplicitMethodName;
  readonly functions: FieldFunctions;
  /** Rows of the batch. */
  readonly start: readonly (readonly number[])[];
  readonly dt: number;
  readonly engine?: Engine;
}

export async function solveField(problem: FieldProblem) {
  const { method, functions, start, dt, engine = createReferenceEngine(), ...rest } = problem;
  const field = functionField(engine, functions);
  const rows = start.length;
  const columns = start[0].length;
  const y0 = engine.allocate(rows, columns);
  engine.write(y0, start.flat());
  const solver = new ImplicitSolver({ engine, field, method: implicitMethods[method], rows, columns });
  const solution = await solver.solve({
    y0,
    t0: 0,
    t1: 1,
    dt,
    nonlinear: { kind: 'newton', tolerance: 1e-13 },
    maxSteps: 100_000,
    saveat: [],
    keepStates: false,
    ...rest,
  });
  return {
    ...solution,
    calls: field.calls(),
    y1: Array.from(await engine.read(solution.y1)),
    outputs: await Promise.all(solution.outputs.map(async (output) => Array.from(await engine.read(output)))),
  };
}

/** y' = λ y, entry by entry. */
export function exponential(lambda: number): FieldFunctions {
  return {
    f: (_t, y) => y.map((value) => lambda * value),
    pushforward: (_t, _y, _tDot, dot) => dot.map((value) => lambda * value),
  };
}

/** y' = λ (y − cos t) − sin t (Prothero & Robinson): all solutions run into cos t. */
export function stiffCosine(lambda: number): FieldFunctions {
  return {
    f: (t, y) => y.map((value) => lambda * (value - Math.cos(t)) - Math.sin(t)),
    pushforward: (_t, _y, _tDot, dot) => dot.map((value) => lambda * value),
  };
}

/** Harmonic oscillator. */
export const rotation: FieldFunctions = {
  f: (_t, [x, v]) => [v, -x],
  pushforward: (_t, _y, _tDot, [x, v]) => [v, -x],
};

/** x'' = μ (1 − x²) x' − x. */
export function vanDerPol(mu: number): FieldFunctions {
  return {
    f: (_t, [x, v]) => [v, mu * (1 - x * x) * v - x],
    pushforward: (_t, [x, v], _tDot, [a, b]) => [b, (-2 * mu * x * v - 1) * a + mu * (1 - x * x) * b],
  };
}

/** Logistic growth at a rate of t: y' = t y (1 − y), entry by entry. */
export const growth: FieldFunctions = {
  f: (t, y) => y.map((value) => t * value * (1 - value)),
  pushforward: (t, y, _tDot, dot) => dot.map((value, i) => t * (1 - 2 * y[i]) * value),
};

/** y(t) of `growth` from y0 at t0. */
export function grown(y0: number, t0: number, t: number): number {
  return y0 / (y0 + (1 - y0) * Math.exp((t0 * t0 - t * t) / 2));
}

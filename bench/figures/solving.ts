/** Solves of plain problems in f64, with what a figure looks at. */
import { createEngine } from '../../src/engines/index.js';
import { functionField, type FieldFunctions } from '../../src/ode/function-field.js';
import type { SolveRequest } from '../../src/ode/solve-request.js';
import { Solver } from '../../src/ode/solver.js';
import type { Solution } from '../../src/ode/solution.js';
import type { Tableau } from '../../src/ode/tableau.js';

export interface Problem {
  readonly f: FieldFunctions['f'];
  readonly y0: readonly number[];
  readonly t0: number;
  readonly t1: number;
}

export interface Solved extends Solution {
  readonly end: Float64Array;
  readonly saved: readonly Float64Array[];
}

const engine = await createEngine('reference', 'f64');

export async function solve(
  { f, y0, t0, t1 }: Problem,
  tableau: Tableau,
  options: Partial<SolveRequest> & Pick<SolveRequest, 'rtol' | 'atol'>,
): Promise<Solved> {
  const start = engine.allocate(1, y0.length);
  engine.write(start, y0);
  const field = functionField(engine, { f });
  const solver = new Solver({ engine, field, tableau, rows: 1, columns: y0.length });
  const solution = await solver.solve({
    y0: start,
    t0,
    t1,
    controller: 'integral',
    maxSteps: 1_000_000,
    saveat: [],
    keepStates: false,
    stiffness: null,
    ...options,
  });
  const [end, ...saved] = await Promise.all(
    [solution.y1, ...solution.outputs].map(async (state) => engine.read(state)),
  );
  return { ...solution, end, saved };
}

/** y″ = μ (1 − y²) y′ − y from (2, 0): stiffer with μ. */
export function vanDerPol(mu: number, t1: number): Problem {
  return { f: (_, [y, v]) => [v, mu * (1 - y * y) * v - y], y0: [2, 0], t0: 0, t1 };
}

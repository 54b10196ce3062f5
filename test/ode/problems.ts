/** Plain problems on the reference engine, solved with every option at its plainest unless given. */
import type { Tensor } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { functionField, type FieldFunctions } from '../../src/ode/function-field.js';
import type { SolveRequest } from '../../src/ode/solve-request.js';
import { Solver } from '../../src/ode/solver.js';
import type { Tableau } from '../../src/ode/tableau.js';
import { tableaux } from '../../src/ode/tableaux/index.js';

export const engine = await createEngine('reference', 'f64');

export interface Problem {
  readonly f: FieldFunctions['f'];
  readonly start: readonly number[];
}

export const decay: Problem = { f: (_, y) => [-y[0]], start: [1] };
export const oscillator: Problem = { f: (_, y) => [y[1], -y[0]], start: [1, 0] };

export function tensorOf(values: ArrayLike<number>): Tensor {
  const tensor = engine.allocate(1, values.length);
  engine.write(tensor, values);
  return tensor;
}

/** What a request says unless a test asks for something else. */
export const plainly: Omit<SolveRequest, 'y0'> = {
  t0: 0,
  t1: 1,
  rtol: 1e-6,
  atol: 1e-6,
  controller: 'integral',
  maxSteps: 10_000,
  saveat: [],
  keepStates: true,
  stiffness: null,
};

export async function solve(
  { f, start }: Problem,
  options: Partial<SolveRequest> = {},
  tableau: Tableau = tableaux.tsit5,
) {
  const field = functionField(engine, { f });
  const solver = new Solver({ engine, field, tableau, rows: 1, columns: start.length });
  const solution = await solver.solve({ ...plainly, y0: tensorOf(start), ...options });
  const read = (tensor: Tensor): number[] => [...(engine.read(tensor) as Float64Array)];
  return { ...solution, calls: field.calls(), end: read(solution.y1), saved: solution.outputs.map(read), read };
}

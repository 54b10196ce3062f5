/**
 * The loss as a function of parameters and initial state on a frozen grid: what a finite difference may
 * perturb. Times, step sizes and accept decisions stay those of the recorded solve.
 */
import type { Engine, Tensor } from '../../src/engines/engine.js';
import type { AcceptedStep, Grid } from '../../src/ode/grid.js';
import { interpolationWeights } from '../../src/ode/interpolation.js';
import { Stepper } from '../../src/ode/step.js';
import type { StiffnessNorm } from '../../src/ode/stiffness.js';
import type { Tableau } from '../../src/ode/tableau.js';
import type { VectorField } from '../../src/ode/vector-field.js';

export interface FrozenReplay {
  readonly y1: Float64Array;
  readonly outputs: readonly Float64Array[];
  readonly steps: readonly AcceptedStep[];
}

export interface FrozenProblem {
  readonly engine: Engine;
  readonly field: VectorField;
  readonly tableau: Tableau;
  readonly grid: Grid;
  readonly atol: number;
  readonly rtol: number;
  readonly stiffness: StiffnessNorm;
}

/** Steps through the frozen grid from y0 with the field's present parameters. */
export async function replay(problem: FrozenProblem, y0: Tensor): Promise<FrozenReplay> {
  const { engine, field, tableau, grid } = problem;
  const { rows, columns } = y0;
  const stepper = new Stepper({ engine, field, tableau, rows, columns }, { keepStates: false });
  const steps: AcceptedStep[] = [];
  const outputs: Float64Array[] = [];
  let y = engine.allocate(rows, columns);
  engine.combine(y, y0, 1, [], []);
  for (const { step } of grid.outputs) if (step < 0) outputs.push(await engine.read(y));
  for (const [j, { t, h }] of grid.steps.entries()) {
    const y1 = engine.allocate(rows, columns);
    stepper.evaluateFirst(t, y);
    stepper.attempt(t, h, y, y1);
    const stepError = stepper.stepError(h, y, y1, problem);
    const error = stepError && (await engine.errorNorm(stepError));
    steps.push({ t, h, error, stiffness: await stepper.estimateStiffness(problem.stiffness, y, y1) });
    stepper.evaluateEnd(t, h, y1);
    for (const { step, theta } of grid.outputs) {
      if (step !== j) continue;
      const output = engine.allocate(rows, columns);
      if (theta >= 1) engine.combine(output, y1, 1, [], []);
      else engine.combine(output, y, h, interpolationWeights(stepper.tableau, theta), stepper.stages);
      outputs.push(await engine.read(output));
    }
    y = y1;
  }
  return { y1: await engine.read(y), outputs, steps };
}

/**
 * Cotangents of output states, sorted by the step that gives them.
 */
import type { Tensor } from '../engines/engine.js';
import type { ClosedTableau } from '../ode/closed-tableau.js';
import type { Grid } from '../ode/grid.js';
import { interpolationWeights } from '../ode/interpolation.js';

export interface OutputCotangents {
  readonly inside: readonly Tensor[];
  /** Interpolation weights of those inside, by stage. */
  readonly weights: readonly (readonly number[])[];
  /** Of outputs at the step's end itself. */
  readonly atEnd: readonly Tensor[];
}

const noOutputs: OutputCotangents = { inside: [], weights: [], atEnd: [] };

/** @returns those of a step by its index; −1 for outputs at t0 */
export function outputsByStep(
  { outputs }: Grid,
  outputBars: readonly Tensor[],
  tableau: ClosedTableau,
): (step: number) => OutputCotangents {
  const byStep = new Map<number, { inside: Tensor[]; weights: (readonly number[])[]; atEnd: Tensor[] }>();
  for (const [m, { step, theta }] of outputs.entries()) {
    let group = byStep.get(step);
    if (group === undefined) byStep.set(step, (group = { inside: [], weights: [], atEnd: [] }));
    if (step < 0 || theta >= 1) group.atEnd.push(outputBars[m]);
    else {
      group.inside.push(outputBars[m]);
      group.weights.push(interpolationWeights(tableau, theta));
    }
  }
  return (step) => byStep.get(step) ?? noOutputs;
}

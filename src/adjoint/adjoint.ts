/**
 * What a discrete adjoint is asked for and gives back, whatever its mode.
 */
import type { Tensor } from '../engines/engine.js';
import type { Grid } from '../ode/grid.js';

export interface AdjointRequest {
  readonly grid: Grid;
  /** States at the start of each step and at the end: `Solution.states` of a successful solve. */
  readonly states: readonly Tensor[];
  /** Tolerances of the forward solve: they scale E. */
  readonly atol: number;
  readonly rtol: number;
  /** Cotangents of the output states, in the order of `grid.outputs`; not changed. */
  readonly outputBars: readonly Tensor[];
  /** Cotangent of the end state beside the outputs; null for none. Not changed. */
  readonly y1Bar: Tensor | null;
  /** ∂loss/∂E_j and ∂loss/∂S_j for each accepted step; null for none. */
  readonly errorBars: Float64Array | null;
  readonly stiffnessBars: Float64Array | null;
  /** Overwritten with the cotangent of the initial state. */
  readonly y0Bar: Tensor;
}

export interface AdjointStatistics {
  /** Calls of f repeated in the replay. */
  readonly evaluations: number;
  readonly pullbacks: number;
}

/** @throws Error if the parts of a request do not belong to one solve */
export function checkAdjointRequest({ grid, states, outputBars, errorBars, stiffnessBars }: AdjointRequest): void {
  const steps = grid.steps.length;
  const lengths: readonly (readonly [string, number, number])[] = [
    ['states', states.length, steps + 1],
    ['outputBars', outputBars.length, grid.outputs.length],
    ['errorBars', errorBars?.length ?? steps, steps],
    ['stiffnessBars', stiffnessBars?.length ?? steps, steps],
  ];
  for (const [name, length, expected] of lengths) {
    if (length !== expected) throw new Error(`The adjoint needs ${expected} ${name} for this grid, not ${length}.`);
  }
  if (stiffnessBars !== null && grid.steps.some(({ stiffness }) => stiffness === null)) {
    throw new Error('The adjoint has cotangents of stiffness estimates, but the solve was not asked for them.');
  }
}

/**
 * What a discrete adjoint is asked for and gives back, whatever its mode.
 */
import type { Tensor } from '../engines/engine.js';
import type { Grid } from '../ode/grid.js';

export interface AdjointRequest {
  readonly grid: Grid;
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

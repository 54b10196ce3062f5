/**
 * The right-hand side dy/dt = f(t, y) with its vector–Jacobian product. A compiled chain is one.
 */
import type { Activations, Tensor } from '../engines/engine.js';

export interface VectorField {
  createActivations(rows: number): Activations;
  evaluate(t: number, y: Tensor, derivative: Tensor, keep?: Activations): void;
  /** See `CompiledChain.pullback`: overwrites yBar, adds to the gradient of the parameters. */
  pullback(
    t: number,
    y: Tensor,
    derivative: Tensor,
    kept: Activations,
    derivativeBar: Tensor,
    yBar: Tensor | null,
  ): void;
}

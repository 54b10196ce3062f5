/**
 * The right-hand side dy/dt = f(t, y) with its vector–Jacobian and Jacobian–vector products. A compiled chain is one.
 */
import type { Activations, Tensor } from '../engines/engine.js';
import type { FusedPullback, FusedSteps, StepBars, StepMethod } from '../engines/fused-steps.js';

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
  /** See `CompiledChain.pullbackInput`: the gradient of the parameters stays as it is. */
  pullbackInput(t: number, y: Tensor, derivative: Tensor, kept: Activations, derivativeBar: Tensor, yBar: Tensor): void;
  /** See `CompiledChain.pushforward`: derivativeDot = f_y yDot + f_t tDot. */
  pushforward(
    t: number,
    y: Tensor,
    derivative: Tensor,
    kept: Activations,
    tDot: number,
    yDot: Tensor,
    derivativeDot: Tensor,
  ): void;
  /** See `CompiledChain.fuseSteps`: absent where steps are taken operation by operation. */
  fuseSteps?(method: StepMethod, rows: number): FusedSteps;
  fusePullback?(method: StepMethod, rows: number, bars: StepBars): FusedPullback;
}

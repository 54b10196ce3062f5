/**
 * A neural ODE as data: encode → solve → decode, each an explicit chain with its own pullback, so that no
 * tape ever spans the solver.
 */
import type { Chain } from '../engines/layer.js';

export interface NeuralOde {
  /** inputs → state at t0; null: the inputs are the state. */
  readonly encode: Chain | null;
  /** dy/dt = field(t, y). */
  readonly field: Chain;
  /** state → outputs, applied at each output time; null: the state is the output. */
  readonly decode: Chain | null;
  readonly t0: number;
  readonly t1: number;
  /** Output times within [t0, t1]; null: t1 only. */
  readonly saveat: readonly number[] | null;
}

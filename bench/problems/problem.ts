/**
 * A benchmark problem as every library gets it: chains, initial weights, one batch, times, loss, optimiser. All numbers
 * are f32 values, drawn as numpy's `RandomState` draws them (mersenne-twister.ts).
 */
import type { Chain } from '../../src/engines/layer.js';
import type { NeuralOde } from '../../src/models/neural-ode.js';
import type { Batch } from '../../src/training/batches.js';

/** One dense layer y = W x + b; with time the last column of W belongs to t. */
export interface DenseShape {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

interface CommonProblem {
  /** As `--only` and the tables say it. */
  readonly name: string;
  /** The task whose field and loss the peers' programs hold; several problems may share one. */
  readonly task: string;
  /** In the order in which they are drawn and lie in the flat vector, each W row by row, then b. */
  readonly layers: readonly DenseShape[];
  readonly initial: Float64Array;
  readonly rows: number;
  /** Output times, from 0 on; the end alone where only it counts. */
  readonly times: readonly number[];
  readonly optimizer: 'adam' | 'momentum';
  /** Training iterations of one repeat. */
  readonly iterations: number;
}

export interface OdeProblem extends CommonProblem {
  readonly kind: 'ode';
  readonly model: NeuralOde;
  readonly batch: Batch;
  /** rtol = atol. */
  readonly tolerance: number;
}

export type SdeSteps =
  /** rtol = atol = tolerance. */
  | { readonly kind: 'adaptive'; readonly tolerance: number; readonly firstStep: number }
  | { readonly kind: 'fixed'; readonly dt: number };

export type SdeTargets =
  /** Mean and variance (n − 1) over paths: one value a component for each output time. */
  | { readonly kind: 'moments'; readonly mean: Float64Array; readonly variance: Float64Array }
  | { readonly kind: 'classes'; readonly labels: Float64Array };

export interface SdeProblem extends CommonProblem {
  readonly kind: 'sde';
  /** inputs → state at t = 0; null: the inputs are the state. */
  readonly encode: Chain | null;
  readonly drift: Chain;
  /** Component by component the factor of that component's own noise. */
  readonly diffusion: Chain;
  readonly decode: Chain | null;
  /** rows × (encode ?? drift).inputs. */
  readonly inputs: Float64Array;
  readonly targets: SdeTargets;
  readonly steps: SdeSteps;
}

export type Problem = OdeProblem | SdeProblem;

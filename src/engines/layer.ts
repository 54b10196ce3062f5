/**
 * Layers as data: what a model declares and every engine compiles.
 *
 * A chain maps a batch × features matrix to another, row by row; time enters only through
 * `concat-time`. An engine may fuse neighbours (concat-time + dense + activation) but must compute
 * what the layers say one by one.
 */

export type ActivationKind = 'tanh' | 'relu' | 'sigmoid';

export type Layer =
  /**
   * y = W x + b. Parameters in the flat vector: W[outputs × inputs] row-major, then b[outputs]. With `bias` false
   * y = W x and W alone: compiled where a biased layer lies, it shares that layer's W.
   */
  | { readonly kind: 'dense'; readonly inputs: number; readonly outputs: number; readonly bias?: boolean }
  /** Appends t as the LAST column: [x; t]. Only allowed directly before `dense`. */
  | { readonly kind: 'concat-time'; readonly inputs: number }
  /** Elementwise x^exponent; exponent is a positive integer. */
  | { readonly kind: 'power'; readonly exponent: number }
  | { readonly kind: ActivationKind };

/** A validated sequence of layers; build it with `chain()` of `models/`. */
export interface Chain {
  readonly inputs: number;
  readonly outputs: number;
  readonly layers: readonly Layer[];
  /** Number of entries the chain takes in the flat parameter vector. */
  readonly parameterCount: number;
}

/** Entries that a dense layer takes in the flat parameter vector. */
export function denseParameterCount(layer: Extract<Layer, { readonly kind: 'dense' }>): number {
  return (layer.inputs + (layer.bias === false ? 0 : 1)) * layer.outputs;
}

/** One fused piece of a chain: what the module's `assembly/chain.ts` needs to run it. */

/** How the module names kinds of pieces; as in `assembly/chain.ts`. */
export const pieceCodes = { dense: 0, power: 1, activation: 2 } as const;

export interface Step {
  readonly inputs: number;
  readonly outputs: number;
  /** Whether its pullback needs room for the cotangent before its activation. */
  readonly needsPreactivationCotangent: boolean;
  /** The words of its descriptor, in the order of `Piece`; those that it has none of at the end are left out. */
  readonly descriptor: readonly number[];
  /** Copies the weights as they are now into the form that an evaluation, or a pullback, reads. */
  packForward(): void;
  packBackward(): void;
  /** Frees what the step holds in the kernels' memory. */
  dispose(): void;
}

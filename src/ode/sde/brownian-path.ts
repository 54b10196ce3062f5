/**
 * Brownian motion as the solver sees it: increments of any interval, the same whenever they are asked for.
 *
 * That is what makes a rejected step harmless (the path under a shorter step is the same path) and lets the adjoint
 * replay a solve. `random/brownian-tree.ts` is one.
 */
export interface BrownianPath {
  readonly t0: number;
  readonly t1: number;
  /** Independent motions: rows × columns of the state, row by row. */
  readonly entries: number;
  /**
   * Writes W = W_t − W_s and the space-time area H = 1/(t − s) ∫ (W_r − W_s − (r − s)/(t − s) W) dr, by entry.
   * @throws Error unless t0 ≤ s < t ≤ t1
   */
  increment(s: number, t: number, w: Float64Array, h: Float64Array): void;
}

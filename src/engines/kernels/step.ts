/** One fused piece of a chain: what a compiled chain runs in a row, each piece one or a few kernel calls. */

/** All matrices are addresses of rows × inputs or rows × outputs entries. */
export interface Step {
  readonly inputs: number;
  readonly outputs: number;
  evaluate(t: number, rows: number, x: number, y: number): void;
  /** @param xBar 0: not wanted @param intoGradient whether to add to the gradient of the parameters */
  pullback(t: number, rows: number, x: number, y: number, yBar: number, xBar: number, intoGradient: boolean): void;
  /** yDot may not be xDot. */
  pushforward(tDot: number, rows: number, x: number, y: number, xDot: number, yDot: number): void;
  /** Frees what the step holds in the kernels' memory. */
  dispose(): void;
}

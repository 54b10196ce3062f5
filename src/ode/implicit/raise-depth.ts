/**
 * When to unroll the fixed-point iteration deeper: as soon as what it leaves open outweighs what there is to learn.
 *
 * Source: arXiv 2303.17824 (Zhu et al., implicit templates and their inverse modified error), adaptive depth: L
 * grows when the mean square of g^L − g^(L−1) exceeds the training loss. A pure rule: the trainer keeps the depth.
 */
export interface DepthRule {
  /** How much deeper at a time; default 1. */
  readonly by?: number;
  /** Greatest depth. */
  readonly limit: number;
}

/**
 * @param unrollingError of the latest solve (`ImplicitStatistics`)
 * @param loss of the latest iteration
 * @returns the depth of the next iteration: never less; as it was where a number is NaN
 */
export function raiseDepth(rule: DepthRule, depth: number, unrollingError: number, loss: number): number {
  return unrollingError > loss ? Math.max(depth, Math.min(depth + (rule.by ?? 1), rule.limit)) : depth;
}

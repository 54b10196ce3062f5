/**
 * A stochastic Runge–Kutta method for Itô equations du = f dt + g dW with diagonal noise, as data.
 *
 * Source: the class SRI of Rößler (SIAM J. Numer. Anal. 48, 2010, section 5.2), explicit:
 *   H0_i = u + h Σ A0_ij k_j + χ2 Σ B0_ij g_j,  k_i = f(t + c0_i h, H0_i),
 *   H1_i = u + h Σ A1_ij k_j + √h Σ B1_ij g_j,  g_i = g(t + c1_i h, H1_i),
 *   u1 = u + h Σ α k + dW Σ β1 g + χ1 Σ β2 g + E2,  E2 = χ2 Σ β3 g + χ3 Σ β4 g,
 *   χ1 = (dW² − h)/(2√h),  χ2 = dW/2 + H,  χ3 = (dW³ − 3h dW)/(6h),
 * with H the space-time area of the path (χ2 = (dW + dZ/√3)/2 for dZ = 2√3 H). Products with dW and χ are entrywise.
 *
 * Validity: the order is that of truly diagonal noise, where g_i depends on u_i alone. If g_i depends on other entries
 * of u too, the iterated integrals between entries are missing, and every method here has strong order ½.
 * What can be derived (which calls of f are needed, whether stiffness can be estimated) is derived, not typed.
 */
export interface SriTableau {
  readonly name: string;
  /** Strong order for diagonal noise. */
  readonly order: number;
  readonly c0: readonly number[];
  readonly c1: readonly number[];
  /** Row i of A0, A1, B0, B1 holds the i entries left of the diagonal; row 0 is empty. */
  readonly A0: readonly (readonly number[])[];
  readonly A1: readonly (readonly number[])[];
  readonly B0: readonly (readonly number[])[];
  readonly B1: readonly (readonly number[])[];
  readonly alpha: readonly number[];
  readonly beta1: readonly number[];
  readonly beta2: readonly number[];
  readonly beta3: readonly number[];
  readonly beta4: readonly number[];
  /** Adds √h χ1 (∂g/∂u) g of the first stage: Milstein's term itself. */
  readonly tangent: boolean;
  /** The estimate δ E1 + E2 with E1 = h Σ ± k_i over the first `stages` stages; null: fixed steps only. */
  readonly estimate: { readonly stages: number; readonly delta: number } | null;
  /** Extent of the stability region by which the training code of arXiv 2105.03918 divides its stiffness estimates. */
  readonly stabilitySize: number | null;
}

/**
 * Signs of k_i in E1: `plus` as the code behind arXiv 2105.03918 has it; `alternating` (+ − + −) as the papers on the
 * estimate write it. With `plus` E1 is O(h), not O(h²): tolerances below 1e-2 then cost steps in proportion to 1/rtol.
 */
export type ErrorSigns = 'plus' | 'alternating';

/** Whether the last two drift stages stand at the same time beyond t: their difference then measures the Jacobian. */
export function estimatesStiffness({ c0 }: SriTableau): boolean {
  const last = c0.length - 1;
  // Nodes of optimised methods are row sums, equal up to rounding.
  return last > 0 && c0[last] > 0 && Math.abs(c0[last] - c0[last - 1]) < 1e-12;
}

/** A tableau as it is computed: each call of f once. */
export interface DriftPlan {
  readonly A0: SriTableau['A0'];
  readonly A1: SriTableau['A1'];
  readonly alpha: readonly number[];
  /** Weights of δ E1 / h on the k_i; all 0 without an estimate. */
  readonly errorWeights: readonly number[];
  /** The stages of the drift that are evaluated. */
  readonly stages: readonly number[];
}

/** Drift stages at (t, u) are the first one again: their weights move to it, and stages without weight are left out. */
export function planDrift(tableau: SriTableau, signs: ErrorSigns): DriftPlan {
  const { A0, A1, B0, c0, alpha, estimate } = tableau;
  const repeats = c0.map((c, i) => i > 0 && c === 0 && [...A0[i], ...B0[i]].every((weight) => weight === 0));
  const fold = (weights: readonly number[]): readonly number[] => {
    const moved = weights.reduce((sum, weight, i) => (repeats[i] ? sum + weight : sum), 0);
    return weights.map((weight, i) => (repeats[i] ? 0 : i === 0 ? weight + moved : weight));
  };
  const errorWeights = c0.map((_, i) =>
    estimate === null || i >= estimate.stages
      ? 0
      : signs === 'alternating' && i % 2 === 1
        ? -estimate.delta
        : estimate.delta,
  );
  const plan = { A0: A0.map(fold), A1: A1.map(fold), alpha: fold(alpha), errorWeights: fold(errorWeights) };
  const rows = [plan.alpha, plan.errorWeights, ...plan.A0, ...plan.A1];
  const stages = c0.map((_, i) => i).filter((i) => rows.some((row) => i < row.length && row[i] !== 0));
  return { ...plan, stages };
}

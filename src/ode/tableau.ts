/**
 * A Butcher tableau of an explicit Runge–Kutta pair, as data.
 *
 * g_i = y + h Σ_j a_ij k_j, k_i = f(t + c_i h, g_i), y1 = y + h Σ b_i k_i (Hairer, Nørsett & Wanner I,
 * II.1). What can be derived (FSAL, number of stages) is derived, not typed; tests derive the order
 * conditions from the same data.
 */
export interface Tableau {
  readonly name: string;
  /** Order of the propagated solution b; the controllers' exponent. */
  readonly order: number;
  readonly c: readonly number[];
  /** Row i holds a_i0 … a_i,i−1; row 0 is empty. */
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
  /** b − b̂: weights of the embedded error estimate; null: there is none, and steps cannot adapt. */
  readonly errorWeights: readonly number[] | null;
  /**
   * Extent of the stability region along the negative real axis, by which the training code of
   * arXiv 2105.03918 divides its stiffness estimates.
   */
  readonly stabilitySize: number;
  /**
   * Dense output: weights w(θ), θ in [0, 1], with y(t + θh) = y + h Σ w_i(θ) k_i; null means the cubic
   * Hermite interpolant of the step (`interpolation.ts`).
   */
  readonly interpolant: ((theta: number) => readonly number[]) | null;
}

/** First same as last: the last stage is f(t1, y1), so it serves as the next step's first. */
export function isFirstSameAsLast(tableau: Tableau): boolean {
  const last = tableau.b.length - 1;
  const lastRow = tableau.a[last] ?? [];
  return tableau.c[last] === 1 && tableau.b[last] === 0 && lastRow.every((a, j) => a === tableau.b[j]);
}

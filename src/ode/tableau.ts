/**
 * A Butcher tableau of an explicit Runge–Kutta pair, as data.
 *
 * g_i = y + h Σ_j a_ij k_j, k_i = f(t + c_i h, g_i), y1 = y + h Σ b_i k_i (Hairer, Nørsett & Wanner I,
 * II.1). What can be derived (FSAL, number of stages) is derived, not typed; tests derive the order
 * conditions from the same data.
 */
import { UserError } from '../errors.js';

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

/** @throws UserError if coefficients are missing, too many or not finite, or the method is not explicit */
export function checkTableau({ name, order, c, a, b, errorWeights, interpolant }: Tableau): void {
  const stages = b.length;
  const refuse = (expected: string): never => {
    throw new UserError('usage', `The tableau ${name} must have ${expected}.`);
  };
  if (stages === 0 || c.length !== stages || a.length !== stages) {
    refuse(`as many c and rows of a as b, which are ${c.length}, ${a.length} and ${stages}`);
  }
  const row = a.findIndex((entries, i) => entries.length !== i);
  if (row >= 0) refuse(`${row} entries in row ${row} of a, not ${a[row].length}: the method must be explicit`);
  if (errorWeights !== null && errorWeights.length !== stages) {
    refuse(`${stages} error weights or null, not ${errorWeights.length}`);
  }
  const outputs = interpolant?.(1 / 2);
  if (outputs && outputs.length !== stages)
    refuse(`an interpolant of ${stages} weights or null, not ${outputs.length}`);
  if (![order, ...c, ...a.flat(), ...b, ...(errorWeights ?? [])].every(Number.isFinite)) refuse('finite numbers only');
  if (!(order >= 1)) refuse(`an order of at least 1, not ${order}`);
}

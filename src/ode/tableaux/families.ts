/**
 * Families of explicit methods with as many stages as their order (Kutta 1901; Hairer, Nørsett & Wanner I, II.1;
 * Butcher 2016, sections 320–322): every member has the order, so a model may be trained over many members and is
 * fitted to no single one (Gusak et al., arXiv 2103.08561; `solver-regime.ts`).
 *
 * No member has an embedded estimate: steps are of given sizes. Where a formula divides by zero no method is
 * given, though special methods outside the family may have those nodes. Near such parameters coefficients are
 * large, and with them rounding errors.
 */
import { UserError } from '../../errors.js';
import type { Tableau } from '../tableau.js';

/** Order 2, c_2 = u: 1/2 the midpoint rule, 2/3 Ralston's method, 1 Heun's. @throws UserError if u = 0 */
export function rk2(u: number): Tableau {
  const b2 = 1 / (2 * u);
  return member(`rk2(${u})`, [0, u], [[], [u]], [1 - b2, b2], [u]);
}

/**
 * Order 3, c_2 = u, c_3 = v: (1/3, 2/3) Heun's method, (1/2, 1) Kutta's, (1/2, 3/4) Ralston's, (1, 1/2) the one
 * that preserves strong stability.
 * @throws UserError if u or v is 0, if u = v, or if u = 2/3
 */
export function rk3(u: number, v: number): Tableau {
  const a32 = (v * (v - u)) / (u * (2 - 3 * u));
  const b2 = (2 - 3 * v) / (6 * u * (u - v));
  const b3 = (2 - 3 * u) / (6 * v * (v - u));
  const a = [[], [u], [v - a32, a32]];
  return member(`rk3(${u}, ${v})`, [0, u, v], a, [1 - b2 - b3, b2, b3], [u, v, u - v, 2 - 3 * u]);
}

/**
 * Order 4, c = (0, u, v, 1). With v = 1 − u the weights are symmetric: 1/2 the classical method, 1/3 the 3/8 rule;
 * there u = v = 1/2 is allowed, the limit along that line.
 * @throws UserError if u or v is 0 or 1, if b_4 = 0, i.e. 6uv − 4u − 4v + 3 = 0, or, off that line, if u = v or u = 1/2
 */
export function rk4(u: number, v: number = 1 - u): Tableau {
  const name = `rk4(${u}, ${v})`;
  const last = 6 * u * v - 4 * (u + v) + 3;
  const symmetric = v === 1 - u;
  // On the line v = 1 − u both v − u and 1 − 2u are the same number, which cancels.
  const [even, skew] = symmetric ? [1, v - u] : [(v - u) / (1 - 2 * u), v - u];
  const a32 = (v * even) / (2 * u);
  const a43 = ((1 - u) * (1 - v)) / (even * v * last);
  const a42 = symmetric
    ? (-v * skew) / (2 * u * last)
    : ((1 - u) * (u + v - 1 - (2 * v - 1) ** 2)) / (2 * u * skew * last);
  const b2 = (symmetric ? 1 : (2 * v - 1) / skew) / (12 * u * (1 - u));
  const b3 = 1 / (even * 12 * v * (1 - v));
  const b4 = last / (12 * (1 - u) * (1 - v));
  const a = [[], [u], [v - a32, a32], [1 - a42 - a43, a42, a43]];
  const divisors = [u, v, 1 - u, 1 - v, last, ...(symmetric ? [] : [v - u, 1 - 2 * u])];
  return member(name, [0, u, v, 1], a, [1 - b2 - b3 - b4, b2, b3, b4], divisors);
}

/** Order 4, c = (0, 1/2, 0, 1), b_3 = u. @throws UserError if u = 0 */
export function rk4ReturningNode(u: number): Tableau {
  const a32 = 1 / (12 * u);
  const a = [[], [1 / 2], [-a32, a32], [-1 / 2 - 6 * u, 3 / 2, 6 * u]];
  return member(`rk4_u1(${u})`, [0, 1 / 2, 0, 1], a, [1 / 6 - u, 2 / 3, u, 1 / 6], [u]);
}

/** Order 4, c = (0, 1/2, 1/2, 1), b_3 = u: 1/3 the classical method. @throws UserError if u = 0 */
export function rk4DoubleNode(u: number): Tableau {
  const a32 = 1 / (6 * u);
  const a = [[], [1 / 2], [1 / 2 - a32, a32], [0, 1 - 3 * u, 3 * u]];
  return member(`rk4_u2(${u})`, [0, 1 / 2, 1 / 2, 1], a, [1 / 6, 2 / 3 - u, u, 1 / 6], [u]);
}

/** Order 4, c = (0, 1, 1/2, 1), b_4 = u. @throws UserError if u = 0 */
export function rk4DoubleEnd(u: number): Tableau {
  const a43 = 1 / (3 * u);
  const a42 = -a43 / 4;
  const a = [[], [1], [3 / 8, 1 / 8], [1 - a42 - a43, a42, a43]];
  return member(`rk4_u3(${u})`, [0, 1, 1 / 2, 1], a, [1 / 6, 1 / 6 - u, 2 / 3, u], [u]);
}

/** Members of a family of one parameter by name; u1, u2 and u3 as the code of arXiv 2103.08561 numbers them. */
export const oneParameterFamilies = {
  rk2,
  rk4: (u: number) => rk4(u),
  rk4_u1: rk4ReturningNode,
  rk4_u2: rk4DoubleNode,
  rk4_u3: rk4DoubleEnd,
} as const satisfies Record<string, (u: number) => Tableau>;

/** Members of a family of two parameters by name. */
export const twoParameterFamilies = { rk3, rk4_uv: rk4 } as const satisfies Record<
  string,
  (u: number, v: number) => Tableau
>;

/** A divisor nearer to 0 counts as 0: coefficients of 1e9 would leave nothing of the method but rounding. */
const LEAST_DIVISOR = 1e-9;

/** By order; with as many stages as the order, the stability polynomial is the exponential series cut off. */
const stabilitySizes: Readonly<Record<number, number>> = { 2: 2, 3: 2.5127, 4: 2.7853 };

function member(
  name: string,
  c: readonly number[],
  a: readonly (readonly number[])[],
  b: readonly number[],
  divisors: readonly number[],
): Tableau {
  if (!divisors.every((divisor) => Math.abs(divisor) >= LEAST_DIVISOR)) {
    throw new UserError('usage', `There is no method ${name}: its formula divides by zero there.`, {
      hint: 'Choose other parameters of the family.',
    });
  }
  const order = b.length;
  return { name, order, c, a, b, errorWeights: null, stabilitySize: stabilitySizes[order], interpolant: null };
}

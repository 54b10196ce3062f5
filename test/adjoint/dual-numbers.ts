/** First-order forward mode by hand: numbers v + ε d with ε² = 0. What a gradient is held against, exact to rounding. */
export interface Dual {
  readonly v: number;
  readonly d: number;
}

export const constant = (v: number): Dual => ({ v, d: 0 });
export const add = (a: Dual, b: Dual): Dual => ({ v: a.v + b.v, d: a.d + b.d });
export const scale = (factor: number, a: Dual): Dual => ({ v: factor * a.v, d: factor * a.d });
export const subtract = (a: Dual, b: Dual): Dual => add(a, scale(-1, b));
export const multiply = (a: Dual, b: Dual): Dual => ({ v: a.v * b.v, d: a.d * b.v + a.v * b.d });
export const divide = (a: Dual, b: Dual): Dual => ({ v: a.v / b.v, d: (a.d - (a.v / b.v) * b.d) / b.v });
export const absolute = (a: Dual): Dual => scale(Math.sign(a.v), a);
export const tanh = (a: Dual): Dual => ({ v: Math.tanh(a.v), d: (1 - Math.tanh(a.v) ** 2) * a.d });
export const sum = (terms: readonly Dual[]): Dual => terms.reduce(add, constant(0));

/** √ of the mean square; 0 where all are 0. */
export function rootMeanSquare(terms: readonly Dual[]): Dual {
  const mean = scale(1 / terms.length, sum(terms.map((term) => multiply(term, term))));
  const root = Math.sqrt(mean.v);
  return { v: root, d: root === 0 ? 0 : mean.d / (2 * root) };
}

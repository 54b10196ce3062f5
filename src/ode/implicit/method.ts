/**
 * The implicit one-step methods, as data: both solve for one state g,
 *   g = y + c h f(t + c h, g),   y1 = y + (g − y) / c,
 * with c = 1 for backward Euler (y1 = g) and c = 1/2 for the implicit midpoint rule (y1 = 2g − y).
 *
 * Source: Hairer & Wanner II, IV.3 and IV.5 (the one-stage Radau IIA and Gauss methods). Backward Euler is
 * L-stable; the midpoint rule is A-stable and keeps quadratic invariants, but does not damp a stiff mode:
 * as |hλ| grows its factor tends to −1.
 */
export type ImplicitMethodName = 'backward_euler' | 'implicit_midpoint';

export interface ImplicitMethod {
  readonly name: ImplicitMethodName;
  readonly order: number;
  /** Where in the step g lies: the stage's weight on f and its time. */
  readonly c: number;
}

export const implicitMethods: Readonly<Record<ImplicitMethodName, ImplicitMethod>> = {
  backward_euler: { name: 'backward_euler', order: 1, c: 1 },
  implicit_midpoint: { name: 'implicit_midpoint', order: 2, c: 1 / 2 },
};

/**
 * Step size control: from the error norm of an attempt to the factor for the next step size.
 *
 * A controller knows the method's order and the errors it was shown, nothing else. Every factor is a
 * double computed from exactly rounded arithmetic (`elementary/`), so that grids are the same everywhere.
 */
export interface Controller {
  /** Whether an attempt with this error norm is accepted. */
  accepts(error: number): boolean;
  /** h_next / h after an attempt; also updates the controller's memory. NaN or ∞ counts as a bad rejection. */
  nextFactor(error: number): number;
}

/** 0.9, and limits of growth and of shrinking, in which every rule here agrees. */
export const SAFETY = 0.9;
export const GROWTH_LIMIT = 10;
export const SHRINK_LIMIT = 1 / 5;
